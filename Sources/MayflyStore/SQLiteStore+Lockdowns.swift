import Foundation
import GRDB
package import MayflyCore

extension SQLiteStore {
    package func begin(
        _ lockdown: Lockdown, events: [AuditEvent], ending: @escaping @Sendable (Lease) -> LeaseStep
    ) async throws(StoreError) -> [Lease] {
        // It ends access: a full disk is no reason to go on giving it.
        try await writes.write(.ending, durable: true) { db in
            try LockdownRow.insert(lockdown, db)
            try AuditLog.append(events, db)
            guard lockdown.revokes else { return [] }
            var covered: [Lease] = []
            let rows = try Row.fetchCursor(try db.cachedStatement(sql: LeaseSQL.allLive))
            while let row = try rows.next() {
                let lease = try LeaseRow.lease(row)
                if lockdown.scope.covers(.init(of: lease)) { covered.append(lease) }
            }
            return try covered.map { lease in
                try Self.apply(ending(lease), now: lockdown.since, db).lease ?? lease
            }
        }
    }

    package func end(
        _ id: LockdownID, _ ending: Lockdown.Ending, audit: AuditEvent
    ) async throws(StoreError) -> LockdownEnded? {
        try await writes.write(.record, durable: true) { db in
            guard var lockdown = try LockdownRow.fetch(id, db) else { return nil }
            let change = lockdown.end(ending)
            if change == .changed {
                try LockdownRow.update(lockdown, db)
                try AuditLog.append([audit], db)
            }
            return LockdownEnded(change, lockdown)
        }
    }

    package func lockdowns(_ query: LockdownQuery) async throws(StoreError) -> [Lockdown] {
        try await read { db in
            let sql =
                query.inForce
                ? LockdownRow.inForce : "SELECT \(LockdownRow.columns) FROM lockdowns ORDER BY number DESC"
            let statement = try db.cachedStatement(sql: "\(sql) LIMIT ?")
            return try Row.fetchAll(statement, arguments: [max(query.limit, 0)])
                .map(LockdownRow.lockdown)
        }
    }
}
