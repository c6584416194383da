import MayflyTesting
import SQLClients
import Testing

extension MariaDBGuardAttack {
    /// Which group roles a lease may be given.
    @Suite struct Groups {
        @Test(arguments: [
            "root", "mariadb.sys", "mayfly_guard", "missing", "ORDERS_READONLY", "", "PUBLIC",
            "orders_readonly ",
        ])
        func aGroupThatTheDBADidNotAllowIsRefused(group: String) async throws {
            let guarded = try await MariaDBGuardServer.shared()
            let member = MariaDBGuardMember(groups: [group])
            try expectCode(try await guarded.attempt(member), "MF002")
            #expect(try await !guarded.exists(member.role))
        }

        @Test func anAllowedNameThatIsNoRoleIsRefused() async throws {
            let guarded = try await MariaDBGuardServer.shared()
            try await guarded.server.execute("INSERT INTO mayfly.allowed_group VALUES ('not_there')")
            try expectCode(try await guarded.attempt(MariaDBGuardMember(groups: ["not_there"])), "MF002")
        }

        @Test func theBrokerCannotAllowAGroupItself() async throws {
            let guarded = try await MariaDBGuardServer.shared()
            let broker = try await guarded.broker()
            for statement in [
                "INSERT INTO mayfly.allowed_group VALUES ('root')",
                "UPDATE mayfly.guard SET max_ttl_seconds = 31622400",
                "DELETE FROM mayfly.lease", "TRUNCATE mayfly.lease", "UPDATE mayfly.issued SET count = 0",
            ] {
                await expectNumber(1142, 1044) { _ = try await broker.query(statement) }
            }
        }

        /// What a DBA, or somebody with the right, may do to an allowed group after it was allowed.
        static let powers = [
            "GRANT SUPER ON *.* TO GROUP", "GRANT CREATE USER ON *.* TO GROUP", "GRANT FILE ON *.* TO GROUP",
            "GRANT PROCESS ON *.* TO GROUP", "GRANT RELOAD ON *.* TO GROUP", "GRANT SHUTDOWN ON *.* TO GROUP",
            "GRANT REPLICATION SLAVE ON *.* TO GROUP", "GRANT REPLICATION CLIENT ON *.* TO GROUP",
            "GRANT SELECT ON *.* TO GROUP", "GRANT EXECUTE ON *.* TO GROUP", "GRANT ALL ON *.* TO GROUP",
            "GRANT EVENT ON *.* TO GROUP", "GRANT CREATE TABLESPACE ON *.* TO GROUP",
            "GRANT SELECT ON app.* TO GROUP WITH GRANT OPTION",
            "GRANT SELECT ON app.orders TO GROUP WITH GRANT OPTION",
            "GRANT SELECT ON mysql.* TO GROUP", "GRANT SELECT ON `my%`.* TO GROUP",
            "GRANT SELECT ON `m_sql`.* TO GROUP",
            "GRANT SELECT ON `%`.* TO GROUP", "GRANT INSERT ON mysql.time_zone TO GROUP",
            "GRANT SELECT (User) ON mysql.user TO GROUP", "GRANT SELECT ON mayfly.* TO GROUP",
            "GRANT SELECT ON `mayfl_`.* TO GROUP", "GRANT SELECT ON mayfly.lease TO GROUP",
            "GRANT EXECUTE ON PROCEDURE mayfly.issue TO GROUP",
            "CREATE ROLE GROUP_up; GRANT FILE ON *.* TO GROUP_up; GRANT GROUP_up TO GROUP",
            "CREATE ROLE GROUP_a; CREATE ROLE GROUP_b; GRANT GROUP_b TO GROUP_a; GRANT GROUP_a TO GROUP; "
                + "GRANT SELECT ON mysql.* TO GROUP_b",
            "CREATE ROLE GROUP_m; GRANT GROUP_m TO GROUP WITH ADMIN OPTION",
        ]
        static let powersOfMariaDB = [
            "GRANT SET USER ON *.* TO GROUP", "GRANT CONNECTION ADMIN ON *.* TO GROUP",
            "GRANT READ ONLY ADMIN ON *.* TO GROUP", "GRANT BINLOG ADMIN ON *.* TO GROUP",
            "GRANT FEDERATED ADMIN ON *.* TO GROUP", "GRANT DELETE HISTORY ON *.* TO GROUP",
            "GRANT REPLICATION MASTER ADMIN ON *.* TO GROUP",
        ]
        static let powersOfMySQL = [
            "GRANT SYSTEM_VARIABLES_ADMIN ON *.* TO GROUP", "GRANT CONNECTION_ADMIN ON *.* TO GROUP",
            "GRANT SYSTEM_USER ON *.* TO GROUP", "GRANT ROLE_ADMIN ON *.* TO GROUP",
            "GRANT BACKUP_ADMIN ON *.* TO GROUP",
            "GRANT CREATE ROLE ON *.* TO GROUP", "GRANT DROP ROLE ON *.* TO GROUP",
            "GRANT PASSWORDLESS_USER_ADMIN ON *.* TO GROUP", "GRANT AUDIT_ADMIN ON *.* TO GROUP",
        ]

        @Test(arguments: powers + powersOfMariaDB + powersOfMySQL)
        func aGroupThatGotAPowerIsRefusedAtIssueAndAtRenew(power: String) async throws {
            let guarded = try await MariaDBGuardServer.shared()
            let others = guarded.server.isMySQL ? Self.powersOfMariaDB : Self.powersOfMySQL
            guard !others.contains(power) else { return }
            let group = "g_\(GuardAttackMember.randomRole().suffix(13))"
            try await guarded.allow(group)
            let lease = try await guarded.issue(MariaDBGuardMember(groups: [group]))
            let renewal = #"[{"lease": "\#(lease.id)", "ttl_seconds": 900}]"#
            try expectCode(try guarded.only(try await guarded.call("renew", renewal)), "00000")

            try await guarded.server.client(script: power.replacing("GROUP", with: group) + ";")
            let member = MariaDBGuardMember(groups: [group])
            try expectCode(try await guarded.attempt(member), "MF003")
            try expectCode(try guarded.only(try await guarded.call("renew", renewal)), "MF003")
            // Nor when the caller makes the walk up end early.
            let tricks =
                guarded.server.isMySQL
                ? ["SET cte_max_recursion_depth = 1"]
                : ["SET max_recursive_iterations = 0", "SET optimizer_switch = 'derived_merge=off'"]
            try expectCode(try await guarded.attempt(member, before: tricks), "MF003")
            #expect(try await !guarded.exists(member.role))
            // It can be ended all the same.
            try await guarded.lockAndTerminate(lease)
            #expect(try await guarded.call("drop", lease).string("state") == "dropped")
        }

        @Test(arguments: [
            "GRANT FILE ON *.* TO ROLE", "GRANT SELECT ON mysql.* TO ROLE",
            "GRANT SELECT ON app.* TO ROLE WITH GRANT OPTION",
            "GRANT orders_app TO ROLE WITH ADMIN OPTION", "GRANT EXECUTE ON PROCEDURE mayfly.`drop` TO ROLE",
        ])
        func aLeaseThatGotAPowerItselfIsNotRenewed(power: String) async throws {
            let guarded = try await MariaDBGuardServer.shared()
            let lease = try await guarded.issue()
            try await guarded.server.execute(power.replacing("ROLE", with: "\(lease.role)@localhost"))
            let renewal = #"[{"lease": "\#(lease.id)", "ttl_seconds": 900}]"#
            try expectCode(try guarded.only(try await guarded.call("renew", renewal)), "MF003")
        }

        @Test func aGroupThatIsNoLongerAllowedIsNotRenewed() async throws {
            let guarded = try await MariaDBGuardServer.shared()
            try await guarded.allow("for_a_while")
            let lease = try await guarded.issue(MariaDBGuardMember(groups: ["for_a_while"]))
            try await guarded.server.execute("DELETE FROM mayfly.allowed_group WHERE name = 'for_a_while'")
            let renewal = #"[{"lease": "\#(lease.id)", "ttl_seconds": 900}]"#
            try expectCode(try guarded.only(try await guarded.call("renew", renewal)), "MF002")
        }

        @Test func whatEveryAccountHasIsJudgedToo() async throws {
            let guarded = try await MariaDBGuardServer.start()
            let statements =
                guarded.server.isMySQL
                ? [
                    "CREATE ROLE everywhere", "GRANT FILE ON *.* TO everywhere",
                    "SET GLOBAL mandatory_roles = '`everywhere`@`%`'",
                ]
                : ["GRANT SELECT ON mysql.* TO PUBLIC"]
            for statement in statements {
                // 10.6 knows no PUBLIC.
                guard try await report({ try await guarded.server.execute(statement) }) == nil else { return }
            }
            try expectCode(try await guarded.attempt(MariaDBGuardMember()), "MF003")
        }

        @Test func aSnapshotFromBeforeTheGroupGotItsPowerIsNotUsed() async throws {
            let guarded = try await MariaDBGuardServer.shared()
            let group = "g_\(GuardAttackMember.randomRole().suffix(13))"
            try await guarded.allow(group)
            let broker = try await guarded.broker()
            _ = try await broker.query("SET autocommit = 0")
            _ = try await broker.query("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            _ = try await broker.query("START TRANSACTION WITH CONSISTENT SNAPSHOT")
            try await guarded.server.execute("GRANT FILE ON *.* TO \(group)")
            let member = MariaDBGuardMember(groups: [group]).fitting(guarded.server)
            let rows = try await broker.query("CALL mayfly.issue(?)", ["[\(member.json)]"])
            try expectCode(try rows.only(), "MF003")
        }

        @Test func aLeaseHasTheGroupsPrivilegesAtOnceAndNoOthers() async throws {
            let guarded = try await MariaDBGuardServer.shared()
            let lease = try await guarded.issue()
            let leaser = try await guarded.leaser(lease, database: "app")
            #expect(try await leaser.query("SELECT * FROM orders").count == 2)
            await expectNumber(1142) { _ = try await leaser.query("INSERT INTO orders VALUES (3)") }
            for role in ["orders_app", "`mayfly_guard`"] {
                await expectNumber(1959, 3530) { _ = try await leaser.query("SET ROLE \(role)") }
            }
        }
    }
}

extension MariaDBGuardServer {
    /// As a DBA allows a group later.
    func allow(_ group: String) async throws {
        try await server.client(
            script: """
                CREATE ROLE \(group); GRANT SELECT ON app.* TO \(group);
                GRANT \(group) TO mayfly_guard@localhost WITH ADMIN OPTION;
                INSERT INTO mayfly.allowed_group VALUES ('\(group)');
                """)
    }
}
