import Foundation
import GRDB

/// The versions of the state file, and the way from each to the next.
///
/// A migration that was released is never changed; the next one is added below it.
enum Schema {
    /// `Mfly`, at byte 68 of the file.
    static let applicationID: Int32 = 0x4D66_6C79
    /// At byte 60 of the file (SQLite's `user_version`).
    static let version: Int32 = 17

    private static func registerServerLogs(_ migrator: inout DatabaseMigrator) {
        migrator.registerMigration("16") { db in
            try db.execute(sql: String(decoding: PackageResources.schema_16_sql, as: UTF8.self))
            try db.execute(sql: "PRAGMA user_version = 16")
        }
        migrator.registerMigration("17") { db in
            try db.execute(sql: String(decoding: PackageResources.schema_17_sql, as: UTF8.self))
            try db.execute(sql: "PRAGMA user_version = 17")
        }
    }

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { db in
            try db.execute(sql: String(decoding: PackageResources.schema_1_sql, as: UTF8.self))
            try db.execute(sql: "PRAGMA user_version = 1")
        }
        migrator.registerMigration("2") { db in
            try db.execute(sql: String(decoding: PackageResources.schema_2_sql, as: UTF8.self))
            try db.execute(sql: "PRAGMA user_version = 2")
        }
        migrator.registerMigration("3") { db in
            try db.execute(sql: String(decoding: PackageResources.schema_3_sql, as: UTF8.self))
            try db.execute(sql: "PRAGMA user_version = 3")
        }
        migrator.registerMigration("4") { db in
            try db.execute(sql: String(decoding: PackageResources.schema_4_sql, as: UTF8.self))
            try db.execute(sql: "PRAGMA user_version = 4")
        }
        migrator.registerMigration("5") { db in
            try db.execute(sql: String(decoding: PackageResources.schema_5_sql, as: UTF8.self))
            try db.execute(sql: "PRAGMA user_version = 5")
        }
        migrator.registerMigration("6") { db in
            try db.execute(sql: String(decoding: PackageResources.schema_6_sql, as: UTF8.self))
            try db.execute(sql: "PRAGMA user_version = 6")
        }
        migrator.registerMigration("7") { db in
            try db.execute(sql: String(decoding: PackageResources.schema_7_sql, as: UTF8.self))
            try db.execute(sql: "PRAGMA user_version = 7")
        }
        migrator.registerMigration("8") { db in
            try db.execute(sql: String(decoding: PackageResources.schema_8_sql, as: UTF8.self))
            try db.execute(sql: "PRAGMA user_version = 8")
        }
        migrator.registerMigration("9") { db in
            try db.execute(sql: String(decoding: PackageResources.schema_9_sql, as: UTF8.self))
            try db.execute(sql: "PRAGMA user_version = 9")
        }
        migrator.registerMigration("10") { db in
            try db.execute(sql: String(decoding: PackageResources.schema_10_sql, as: UTF8.self))
            try db.execute(sql: "PRAGMA user_version = 10")
        }
        migrator.registerMigration("11") { db in
            try db.execute(sql: String(decoding: PackageResources.schema_11_sql, as: UTF8.self))
            try db.execute(sql: "PRAGMA user_version = 11")
        }
        migrator.registerMigration("12") { db in
            try db.execute(sql: String(decoding: PackageResources.schema_12_sql, as: UTF8.self))
            try db.execute(sql: "PRAGMA user_version = 12")
        }
        migrator.registerMigration("13") { db in
            try db.execute(sql: String(decoding: PackageResources.schema_13_sql, as: UTF8.self))
            try db.execute(sql: "PRAGMA user_version = 13")
        }
        migrator.registerMigration("14") { db in
            try db.execute(sql: String(decoding: PackageResources.schema_14_sql, as: UTF8.self))
            try db.execute(sql: "PRAGMA user_version = 14")
        }
        migrator.registerMigration("15") { db in
            try db.execute(sql: String(decoding: PackageResources.schema_15_sql, as: UTF8.self))
            try db.execute(sql: "PRAGMA user_version = 15")
        }
        registerServerLogs(&migrator)
        return migrator
    }
}
