import MayflyTesting
import SQLClients
import Testing

extension GuardAttack {
    /// Log settings of a lease beat those of the server and of databases: they may have it log more, never less.
    @Suite struct Logging {
        /// What a superuser said for everybody, a lease's setting, the guard's answer.
        static let cases = [
            (nil, "log_statement", "ddl", "00000"), (nil, "log_statement", "none", "MF010"),
            (nil, "log_min_duration_statement", "999999999", "00000"),
            (nil, "log_min_duration_statement", "-1", "MF010"),
            ("ALTER SYSTEM SET log_statement = 'all'", "log_statement", "mod", "MF010"),
            ("ALTER SYSTEM SET log_statement = 'mod'", "log_statement", "mod", "00000"),
            ("ALTER SYSTEM SET log_statement = 'mod'", "log_statement", "all", "00000"),
            ("ALTER DATABASE app SET log_statement = 'ALL'", "log_statement", "ddl", "MF010"),
            ("ALTER ROLE ALL SET log_statement = 'mod'", "log_statement", "ddl", "MF010"),
            ("ALTER ROLE ALL IN DATABASE app SET log_statement = 'mod'", "log_statement", "ddl", "MF010"),
            (
                "ALTER SYSTEM SET log_min_duration_statement = '1s'", "log_min_duration_statement", "1001",
                "MF010"
            ),
            (
                "ALTER SYSTEM SET log_min_duration_statement = '1s'", "log_min_duration_statement", "1000",
                "00000"
            ),
            (
                "ALTER SYSTEM SET log_min_duration_statement = 0", "log_min_duration_statement", "999999999",
                "MF010"
            ),
            (
                "ALTER DATABASE app SET log_min_duration_statement = '2 min'", "log_min_duration_statement",
                "120001", "MF010"
            ),
            (
                "ALTER DATABASE app SET log_min_duration_statement = '2 min'", "log_min_duration_statement",
                "120000", "00000"
            ),
            (
                "ALTER DATABASE app SET log_min_duration_statement = -1", "log_min_duration_statement",
                "5000",
                "00000"
            ),
            // Not to be read: as if all were logged.
            (
                "ALTER DATABASE app SET log_min_duration_statement = '0.5h'", "log_min_duration_statement",
                "1",
                "MF010"
            ),
            (
                "ALTER DATABASE app SET log_min_duration_statement = '0.5h'", "log_min_duration_statement",
                "0",
                "00000"
            ),
        ]

        @Test func aLeaseIsLoggedNoLessThanOthers() async throws {
            let guarded = try await GuardAttackServer.start()
            for (said, option, value, code) in Self.cases {
                if let said { try await guarded.server.execute(said) }
                try await guarded.server.reload()
                let server = try said.flatMap { $0.contains("SYSTEM") ? try Self.value(in: $0) : nil }
                try await eventually("the server has read it") {
                    guard let server else { return true }
                    let broker = try await guarded.broker()
                    let now = try await broker.query("SELECT current_setting('\(option)') AS now").only()
                        .string(
                            "now")
                    await broker.close()
                    return now == server
                }
                let member = GuardAttackMember().with("settings", #"{"\#(option)": "\#(value)"}"#)
                let row = try await guarded.call("issue", "[\(member.json)]").only()
                #expect(try row.string("sqlstate") == code, "\(said ?? "nothing"), \(option) = \(value)")
                for database in ["app", "mayfly"] {
                    try await guarded.server.execute("ALTER DATABASE \(database) RESET \(option)")
                }
                for undo in [
                    "ALTER ROLE ALL RESET ALL", "ALTER ROLE ALL IN DATABASE app RESET ALL",
                    "ALTER SYSTEM RESET ALL",
                ] { try await guarded.server.execute(undo) }
                try await guarded.server.reload()
                try await eventually("the server has undone it") {
                    let broker = try await guarded.broker()
                    let now = try await broker.query(
                        "SELECT current_setting('log_statement') || current_setting('log_min_duration_statement') AS now"
                    ).only().string("now")
                    await broker.close()
                    return now == "none-1"
                }
            }
        }

        private static func value(in statement: String) throws -> String {
            String(try #require(statement.split(separator: "= ").last)).replacing("'", with: "")
        }
    }
}
