import MayflyTesting
import SQLClients
import Testing

extension MariaDBGuardAttack {
    /// Servers that are set up differently.
    @Suite struct Servers {
        static let modes = [
            "", "ANSI_QUOTES", "NO_BACKSLASH_ESCAPES", "ANSI_QUOTES,NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES",
            "ANSI,PIPES_AS_CONCAT,HIGH_NOT_PRECEDENCE", "ORACLE",
        ]

        /// The mode is the server's when the DBA installs, and when the broker and the leaser connect.
        @Test(arguments: modes)
        func theServersModeChangesNothing(mode: String) async throws {
            guard mode != "ORACLE" || MariaDBServer.isMariaDBByDefault else { return }  // MariaDB's alone
            let guarded = try await MariaDBGuardServer.start(sqlMode: mode, clientOptions: ["--comments"])
            for routine in try await guarded.description().routines {
                #expect(routine.sql_mode.contains("STRICT_ALL_TABLES"))
                #expect(!routine.sql_mode.contains("NO_BACKSLASH_ESCAPES"))
                #expect(!routine.sql_mode.contains("ANSI"))
            }
            let texts = Arguments.injections
            for group in ["orders_readonly", MariaDBGuardServer.oddGroup] {
                for text in texts {
                    let member = MariaDBGuardMember(groups: [group]).with("requester", "\"\(text)\"")
                        .with("reason", "\"\(text)\"")
                    try expectCode(try await guarded.attempt(member), "00000")
                    let lease = MariaDBGuardLease(id: member.lease, role: member.role)
                    let leaser = try await guarded.leaser(lease)
                    #expect(try await leaser.query("SELECT * FROM app.orders").count == 2)
                    try await guarded.lockAndTerminate(lease)
                    #expect(try await guarded.call("drop", lease).string("state") == "dropped")
                }
                for text in texts {
                    for field in ["role", "verifier", "plugin", "lease"] {
                        let row = try await guarded.attempt(MariaDBGuardMember().with(field, "\"\(text)\""))
                        try expectCode(row, "MF001")
                    }
                }
            }
            let left = try await guarded.server.execute(
                "SELECT User FROM mysql.user WHERE User LIKE 'mf\\_%'")
            #expect(left.isEmpty)
        }

        @Test func aStrictPasswordPolicyIsToldAndNeverMetWithAPlainPassword() async throws {
            let guarded = try await MariaDBGuardServer.shared()
            guard !guarded.server.isMySQL else { return }  // it does not judge hashes
            let own = try await MariaDBGuardServer.start(options: ["--plugin-load-add=simple_password_check"])
            #expect(try await own.description().strict_password_validation)
            #expect(try await own.description().password_checks == ["simple_password_check"])
            let member = MariaDBGuardMember()
            try expectCode(try await own.attempt(member), "1290")
            #expect(try await !own.exists(member.role))
            #expect(try await own.rows("roles").isEmpty)
            try await own.server.execute("SET GLOBAL strict_password_validation = OFF")
            try expectCode(try await own.attempt(member), "00000")
        }

        @Test func ed25519WorksWhereItsPluginIsAndIsRefusedByTheServerWhereNot() async throws {
            let guarded = try await MariaDBGuardServer.shared()
            guard !guarded.server.isMySQL else { return }
            // The public key of the password `secret`, from MariaDB's documentation of ed25519_password().
            let member = MariaDBGuardMember().with("plugin", #""ed25519""#)
                .with("verifier", #""ZIgUREUg5PVgQ6LskhXmO+eZLS0nC8be6HPjYWR4YJY""#)
            #expect(try await !guarded.description().ed25519)
            try expectCode(try await guarded.attempt(member), "1524")
            #expect(try await !guarded.exists(member.role))
            let own = try await MariaDBGuardServer.start(options: ["--plugin-load-add=auth_ed25519"])
            #expect(try await own.description().ed25519)
            try expectCode(try await own.attempt(member), "00000")
            let lease = MariaDBGuardLease(id: member.lease, role: member.role)
            #expect(try await !own.find(lease).bool("altered"))
        }

        @Test func whereNobodyMaySetTheClockTheGuardStillWorks() async throws {
            let guarded = try await MariaDBGuardServer.shared()
            guard !guarded.server.isMySQL else { return }
            let own = try await MariaDBGuardServer.start(options: ["--secure-timestamp=YES"])
            let lease = try await own.issue()
            #expect(try await own.find(lease).string("standing") == "live")
        }

        @Test func whereSYSDATEIsNOWTheCallersClockIsStillNotTheGuards() async throws {
            let guarded = try await MariaDBGuardServer.start(options: ["--sysdate-is-now"])
            let member = MariaDBGuardMember()
            for clock in ["1", "2100000000"] {
                let row = try await guarded.attempt(member.renewedIDs(), before: ["SET timestamp = \(clock)"])
                try expectCode(row, "00000")
                let now = try await guarded.server.execute("SELECT UNIX_TIMESTAMP() AS now").only().double(
                    "now")
                #expect(try abs(row.double("valid_until") - now - 600) < 30)
            }
        }

        /// The server's zone and the caller's are none of the guard's: nor is a change of either (as of summer time).
        @Test func timesAreTheSameInEveryZone() async throws {
            let guarded = try await MariaDBGuardServer.start(
                options: ["--default-time-zone=+05:45", "--event-scheduler=ON"])
            let member = MariaDBGuardMember()
            let row = try await guarded.attempt(member, before: ["SET time_zone = '-11:00'"])
            try expectCode(row, "00000")
            let now = try await guarded.server.execute("SELECT UNIX_TIMESTAMP() AS now").only().double("now")
            #expect(try abs(row.double("valid_until") - now - 600) < 30)
            let lease = MariaDBGuardLease(id: member.lease, role: member.role)
            for zone in ["+13:00", "-11:00"] {
                try await guarded.server.execute("SET GLOBAL time_zone = '\(zone)'")
                let again = try await guarded.attempt(member, before: ["SET time_zone = '+12:45'"])
                #expect(try again.double("valid_until") == row.double("valid_until"))
                #expect(try await !guarded.rows("roles").contains { try $0.bool("overdue") })
                #expect(try await guarded.rows("end_overdue").isEmpty)
            }
            let short = try await guarded.issue(MariaDBGuardMember().with("ttl_seconds", "1"))
            try await guarded.server.execute("ALTER EVENT mayfly.end_overdue ON SCHEDULE EVERY 1 SECOND")
            try await eventually("the event ends what is over") { try await !guarded.exists(short.role) }
            #expect(try await guarded.exists(lease.role))
        }

        /// `validate_password` judges plain passwords only; that it takes hashes is looked at, not taken for granted.
        @Test func mySQLsStrictPasswordPolicyTakesHashes() async throws {
            guard !MariaDBServer.isMariaDBByDefault else { return }
            let guarded = try await MariaDBGuardServer.start(
                before: """
                    INSTALL COMPONENT 'file://component_validate_password';
                    SET GLOBAL validate_password.policy = 'STRONG', GLOBAL validate_password.length = 20,
                        GLOBAL password_history = 3, GLOBAL password_require_current = ON;
                    """, password: "Broker-Password-1-which-is-long")
            #expect(try await guarded.description().password_checks == ["validate_password.policy"])
            let lease = try await guarded.issue()
            let batch = ForeignAccounts.batch("replace_verifier", lease.id, guarded)
            try expectCode(try guarded.only(try await guarded.call("replace_verifier", batch)), "00000")
            try await guarded.lockAndTerminate(lease)
            #expect(try await guarded.call("drop", lease).string("state") == "dropped")
        }

        /// `_` and `%` in names of schemas are then what they are, and global rights may have exceptions.
        @Test func mySQLsPartialRevokesChangeNothing() async throws {
            guard !MariaDBServer.isMariaDBByDefault else { return }
            let guarded = try await MariaDBGuardServer.start(options: ["--partial-revokes=ON"])
            let lease = try await guarded.issue()
            let leaser = try await guarded.leaser(lease)
            #expect(try await leaser.query("SELECT * FROM app.orders").count == 2)
            // Rights on all but one schema are rights on all others.
            try await guarded.server.client(
                script: """
                    GRANT SELECT ON *.* TO orders_readonly; REVOKE SELECT ON mysql.* FROM orders_readonly;
                    """)
            try expectCode(try await guarded.attempt(MariaDBGuardMember()), "MF003")
            try await guarded.server.client(
                script: """
                    REVOKE SELECT ON *.* FROM orders_readonly; GRANT SELECT ON app.* TO orders_readonly;
                    GRANT SELECT ON *.* TO \(lease.role)@localhost; REVOKE SELECT ON mysql.* FROM \(lease.role)@localhost;
                    """)
            try await guarded.lockAndTerminate(lease)
            #expect(try await guarded.call("drop", lease).string("state") == "dropped")
        }

        /// Two servers: what replicates, and what a promotion finds.
        @Test func aRestartKeepsRegisterAndAccounts() async throws {
            let guarded = try await MariaDBGuardServer.start()
            let lease = try await guarded.issue()
            try await guarded.server.restart()
            #expect(try await guarded.find(lease).string("standing") == "live")
            let leaser = try await guarded.leaser(lease)
            #expect(try await leaser.query("SELECT * FROM app.orders").count == 2)
            try await guarded.lockAndTerminate(lease)
            #expect(try await guarded.call("drop", lease).string("state") == "dropped")
        }

        @Test func aServerThatCrashesInACallLeavesNothingThatTheRegisterDoesNotKnow() async throws {
            let guarded = try await MariaDBGuardServer.start()
            for _ in 0..<3 {
                let members = (0..<40).map { _ in MariaDBGuardMember().fitting(guarded.server) }
                let json = "[" + members.map(\.json).joined(separator: ",") + "]"
                let call = Task { try await guarded.call("issue", json) }
                try await eventually("the first accounts exist") { try await guarded.exists(members[0].role) }
                try await guarded.server.stop(crashing: true)
                _ = await call.result
                try await guarded.server.start()
                let known = Set(
                    try await guarded.server.execute("SELECT role FROM mayfly.lease").map {
                        try $0.string("role")
                    })
                let accounts = try await guarded.server.execute(
                    "SELECT User FROM mysql.user WHERE User LIKE 'mf\\_%'")
                for account in accounts { #expect(known.contains(try account.string("User"))) }
                let leases = "[" + members.map { #"{"lease": "\#($0.lease)"}"# }.joined(separator: ",") + "]"
                for procedure in ["lock", "terminate", "drop"] {
                    _ = try await guarded.call(procedure, leases)
                }
                #expect(
                    try await guarded.server.execute("SELECT 1 FROM mysql.user WHERE User LIKE 'mf\\_%'")
                        .isEmpty)
            }
        }
    }
}

extension MariaDBGuardMember {
    /// The same for another lease.
    func renewedIDs() -> MariaDBGuardMember { MariaDBGuardMember() }
}
