import Foundation
import GRDB
package import MayflyCore

extension SQLiteStore {
    package func memo(_ key: String) async throws(StoreError) -> String? {
        try await read { db in
            try Data.fetchOne(db, sql: "SELECT value FROM memos WHERE key = ?", arguments: [key])
                .map { String(decoding: $0, as: UTF8.self) }
        }
    }

    package func setMemo(
        _ key: String, to value: String?, recording events: [AuditEvent]
    ) async throws(StoreError) {
        try await writes.write(.record, durable: true) { db in
            if let value {
                try db.execute(
                    sql: "INSERT INTO memos VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
                    arguments: [key, Data(value.utf8)])
            } else {
                try db.execute(sql: "DELETE FROM memos WHERE key = ?", arguments: [key])
            }
            try AuditLog.append(events, db)
        }
    }

    package func checkWritable() async throws(StoreError) {
        // Another value each time: SQLite does not write a page that stays as it is.
        try await writes.write(.record, durable: true) { db in
            try db.execute(
                sql: """
                    INSERT INTO memos VALUES ('writable', randomblob(8))
                    ON CONFLICT DO UPDATE SET value = excluded.value
                    """)
        }
    }
}
