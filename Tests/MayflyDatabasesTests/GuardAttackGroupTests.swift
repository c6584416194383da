import MayflyTesting
import SQLClients
import Testing

extension GuardAttack {
    /// Which group roles a lease may be given.
    @Suite struct Groups {
        @Test(arguments: ["postgres", "pg_read_server_files", "pg_monitor", "missing", "ORDERS_READONLY", ""])
        func aGroupThatTheDBADidNotAllowIsRefused(group: String) async throws {
            let guarded = try await GuardAttackServer.shared()
            let member = GuardAttackMember(groups: ["orders_readonly", group])
            try expectCode(try await guarded.call("issue", "[\(member.json)]").only(), "MF002")
            #expect(
                try await guarded.server.execute("SELECT FROM pg_roles WHERE rolname = $1", [member.role])
                    .isEmpty)
        }

        @Test func theBrokerCannotAllowAGroupItself() async throws {
            let guarded = try await GuardAttackServer.shared()
            let broker = try await guarded.broker()
            for statement in [
                "INSERT INTO mayfly.allowed_group VALUES ('postgres')",
                "UPDATE mayfly.guard SET max_ttl_seconds = 31622400", "DELETE FROM mayfly.lease",
                "TRUNCATE mayfly.lease", "UPDATE mayfly.issued SET count = 0",
            ] {
                await expectSQLState("42501") { _ = try await broker.query(statement) }
            }
        }

        /// What a DBA, or somebody with the right, may do to an allowed group after it was allowed.
        static let powers = [
            "ALTER ROLE GROUP SUPERUSER", "ALTER ROLE GROUP CREATEROLE", "ALTER ROLE GROUP CREATEDB",
            "ALTER ROLE GROUP REPLICATION", "ALTER ROLE GROUP BYPASSRLS",
            "GRANT postgres TO GROUP", "GRANT pg_read_server_files TO GROUP", "GRANT pg_monitor TO GROUP",
            "CREATE ROLE GROUP_up CREATEDB; GRANT GROUP_up TO GROUP",
            "CREATE ROLE GROUP_a; CREATE ROLE GROUP_b; GRANT GROUP_b TO GROUP_a; GRANT GROUP_a TO GROUP; "
                + "GRANT pg_execute_server_program TO GROUP_b",
            "CREATE ROLE GROUP_m; GRANT GROUP_m TO GROUP WITH ADMIN OPTION",
            #"GRANT "may""fly" TO GROUP"#,
        ]

        @Test(arguments: powers)
        func aGroupThatGotAPowerIsRefusedAtIssueAndAtRenew(power: String) async throws {
            let guarded = try await GuardAttackServer.shared()
            let group = "g_\(GuardAttackMember.randomRole().suffix(13))"
            try await guarded.server.execute("CREATE ROLE \(group)")
            try await guarded.server.execute(
                "INSERT INTO mayfly.allowed_group VALUES ($1)", [group], database: "mayfly")
            let lease = try await guarded.issue(GuardAttackMember(groups: [group]))
            let renewal = #"[{"lease": "\#(lease.id)", "ttl_seconds": 900}]"#
            try expectCode(try await guarded.call("renew", renewal).only(), "00000")

            try await guarded.server.psql(script: power.replacing("GROUP", with: group) + ";")
            let member = GuardAttackMember(groups: ["orders_readonly", group])
            try expectCode(try await guarded.call("issue", "[\(member.json)]").only(), "MF003")
            try expectCode(try await guarded.call("renew", renewal).only(), "MF003")
            #expect(
                try await guarded.server.execute("SELECT FROM pg_roles WHERE rolname = $1", [member.role])
                    .isEmpty)
            // It can be ended all the same.
            try await guarded.lockAndTerminate(lease)
            #expect(try await guarded.call("drop", lease).string("state") == "dropped")
        }

        @Test func aLeaseThatGotAnotherGroupOrPowerIsNotRenewed() async throws {
            let guarded = try await GuardAttackServer.shared()
            let granted = try await guarded.issue()
            let raised = try await guarded.issue()
            try await guarded.server.execute("GRANT pg_read_all_settings TO \(granted.role)")
            try await guarded.server.execute("ALTER ROLE \(raised.role) CREATEDB")
            for lease in [granted, raised] {
                let renewal = #"[{"lease": "\#(lease.id)", "ttl_seconds": 900}]"#
                try expectCode(try await guarded.call("renew", renewal).only(), "MF003")
            }
        }

        @Test func aGroupThatIsNoLongerAllowedIsNotRenewed() async throws {
            let guarded = try await GuardAttackServer.shared()
            try await guarded.server.execute("CREATE ROLE for_a_while")
            try await guarded.server.execute(
                "INSERT INTO mayfly.allowed_group VALUES ('for_a_while')", database: "mayfly")
            let lease = try await guarded.issue(GuardAttackMember(groups: ["for_a_while"]))
            try await guarded.server.execute(
                "DELETE FROM mayfly.allowed_group WHERE name = 'for_a_while'", database: "mayfly")
            let renewal = #"[{"lease": "\#(lease.id)", "ttl_seconds": 900}]"#
            try expectCode(try await guarded.call("renew", renewal).only(), "MF002")
        }

        @Test func aSnapshotFromBeforeTheGroupGotItsPowerIsRefused() async throws {
            let guarded = try await GuardAttackServer.shared()
            let broker = try await guarded.broker()
            for level in ["REPEATABLE READ", "SERIALIZABLE"] {
                _ = try await broker.query("BEGIN ISOLATION LEVEL \(level)")
                await expectSQLState("MF013") {
                    _ = try await broker.query(
                        "SELECT * FROM mayfly.issue($1::jsonb)", ["[\(GuardAttackMember().json)]"])
                }
                _ = try await broker.query("ROLLBACK")
            }
        }

        @Test func aLeaseHasTheGroupsPrivilegesButOn16AndLaterNotItsName() async throws {
            let guarded = try await GuardAttackServer.shared()
            let lease = try await guarded.issue(GuardAttackMember(groups: ["orders_readonly", "orders_app"]))
            let leaser = try await guarded.leaser(lease)
            #expect(try await leaser.query("SELECT * FROM orders").count == 2)
            await expectSQLState("42501") { _ = try await leaser.query("INSERT INTO orders VALUES (3)") }
            let version = try await leaser.query("SHOW server_version_num").only().int("server_version_num")
            if version >= 160_000 {
                await expectSQLState("42501") { _ = try await leaser.query("SET ROLE orders_app") }
            } else {
                _ = try await leaser.query("SET ROLE orders_app")
            }
            for role in ["postgres", "\"may\"\"fly\""] {
                await expectSQLState("42501") { _ = try await leaser.query("SET ROLE \(role)") }
            }
        }
    }
}
