import MayflyTesting
import SQLClients
import Testing

extension GuardAttack {
    /// The end of a lease, out of order and with things left over.
    @Suite struct Ends {
        @Test func dropIsRefusedWhileTheRoleCanLogInOrHasSessions() async throws {
            let guarded = try await GuardAttackServer.shared()
            let lease = try await guarded.issue()
            try expectCode(try await guarded.call("drop", lease), "MF009")
            try expectCode(try await guarded.clean(lease), "MF009")
            let leaser = try await guarded.leaser(lease)
            #expect(try await guarded.call("lock", lease).string("state") == "locked")
            #expect(try await guarded.call("lock", lease).string("state") == "locked")
            try expectCode(try await guarded.call("drop", lease), "MF009")
            try expectCode(try await guarded.clean(lease), "MF009")
            _ = try await leaser.query("SELECT 1")
            await expectSQLState("28000") { _ = try await guarded.leaser(lease) }

            try await guarded.lockAndTerminate(lease)
            await #expect(throws: PostgreSQLError.self) { _ = try await leaser.query("SELECT 1") }
            #expect(try await guarded.call("drop", lease).string("state") == "dropped")
            #expect(try await guarded.call("drop", lease).string("state") == "gone")
            #expect(try await guarded.call("lock", lease).string("state") == "gone")
            #expect(try await guarded.find(lease).string("standing") == "ended")
        }

        /// Since 16 whoever grants a group holds it to the end of the transaction.
        @Test(arguments: ["orders_readonly", "orders_app"])
        func aGroupThatSomebodyHoldsKeepsNothingButItself(held: String) async throws {
            let guarded = try await GuardAttackServer.start()
            let lease = try await guarded.issue(GuardAttackMember(groups: ["orders_readonly", "orders_app"]))
            let holds = try await guarded.server.majorVersion() >= 16
            func groups() async throws -> [String] {
                try await guarded.server.execute(
                    "SELECT m.roleid::regrole::text AS g FROM pg_auth_members m WHERE m.member = $1::regrole",
                    [lease.role]
                ).map { try $0.string("g") }
            }
            let dba = try await guarded.server.superuser()
            _ = try await dba.query("BEGIN")
            _ = try await dba.query("GRANT \(held) TO bystander")
            let row = try await guarded.call("lock", lease)
            try expectCode(row, holds ? "55P03" : "00000")
            #expect(try await groups() == (holds ? [held] : []))
            await expectSQLState("28000") { _ = try await guarded.leaser(lease) }
            _ = try await dba.query("COMMIT")
            try expectCode(try await guarded.call("lock", lease), "00000")
            #expect(try await groups() == [])
        }

        @Test func whoStoleTheBrokersAccountCannotHoldAGroupSoThatItsLeasesAreNotLocked() async throws {
            let guarded = try await GuardAttackServer.start()
            let lease = try await guarded.issue()
            let thief = try await guarded.broker()
            _ = try await thief.query("BEGIN")
            _ = try await thief.query(
                "SELECT * FROM mayfly.issue($1::jsonb)", ["[\(GuardAttackMember().json)]"])
            try expectCode(try await guarded.call("lock", lease), "00000")
            if try await guarded.server.majorVersion() >= 16 {
                await #expect(throws: PostgreSQLError.self) { _ = try await thief.query("SELECT 1") }
            }
        }

        /// One that computes, or sleeps, is not idle.
        @Test(arguments: ["SELECT pg_sleep(300)", "SELECT pg_advisory_lock(7)"])
        func norByABusyTransaction(busy: String) async throws {
            let guarded = try await GuardAttackServer.start()
            let lease = try await guarded.issue()
            let locker = try await guarded.server.superuser(database: "mayfly")
            _ = try await locker.query("SELECT pg_advisory_lock(7)")
            let thief = try await guarded.broker()
            _ = try await thief.query("BEGIN")
            _ = try await thief.query(
                "SELECT * FROM mayfly.renew($1::jsonb)", [#"[{"lease": "\#(lease.id)", "ttl_seconds": 900}]"#]
            )
            async let ended: Void = {
                await #expect(throws: PostgreSQLError.self) { _ = try await thief.query(busy) }
            }()
            let clock = ContinuousClock()
            let began = clock.now
            try await eventually("the lease is locked") {
                try await guarded.call("lock", lease).string("sqlstate") == "00000"
            }
            await ended
            // Three seconds, and not the twenty that one may take who waits for others.
            #expect(clock.now - began < .seconds(15))
        }

        @Test func aLockedLeaseIsNeitherRenewedNorGivenANewPassword() async throws {
            let guarded = try await GuardAttackServer.shared()
            let lease = try await guarded.issue()
            _ = try await guarded.call("lock", lease)
            for function in ["renew", "replace_verifier"] {
                let batch = ForeignRoles.batch(function, lease.id)
                try expectCode(try await guarded.call(function, batch).only(), "MF012")
            }
            // Even where somebody let it log in again.
            try await guarded.server.execute("ALTER ROLE \(lease.role) LOGIN")
            for function in ["renew", "replace_verifier"] {
                let batch = ForeignRoles.batch(function, lease.id)
                try expectCode(try await guarded.call(function, batch).only(), "MF012")
            }
        }

        @Test func aSessionThatOutlivedTheRoleIsEndedByOID() async throws {
            let guarded = try await GuardAttackServer.shared()
            let lease = try await guarded.issue()
            let zombie = try await guarded.leaser(lease)
            try await guarded.server.execute("DROP ROLE \(lease.role)")
            let broker = try await guarded.broker()
            let sessions = try await broker.query("SELECT * FROM mayfly.sessions()")
            #expect(try sessions.contains { try $0.string("lease") == lease.id })
            try expectCode(try await guarded.call("drop", lease), "MF009")
            #expect(try await guarded.call("terminate", lease).int("terminated") == 1)
            await #expect(throws: PostgreSQLError.self) { _ = try await zombie.query("SELECT 1") }
            #expect(try await guarded.call("drop", lease).string("state") == "gone")
        }

        @Test func aSessionThatSetItsRoleIsStillTheLeases() async throws {
            let guarded = try await GuardAttackServer.shared()
            let lease = try await guarded.issue()
            let leaser = try await guarded.leaser(lease)
            _ = try await leaser.query("SET ROLE NONE")
            _ = try await leaser.query("SET application_name = 'psql of postgres'")
            #expect(try await guarded.call("terminate", lease).int("terminated") == 1)
        }

        @Test func cleanUpNeverDropsATable() async throws {
            let guarded = try await GuardAttackServer.shared()
            let lease = try await guarded.issue(GuardAttackMember(groups: ["orders_app"]))
            let leaser = try await guarded.leaser(lease)
            let table = "workshop.t_\(lease.role.suffix(13))"
            _ = try await leaser.query("CREATE TABLE \(table) AS SELECT 1 AS kept")
            _ = try await leaser.query("GRANT SELECT ON \(table) TO PUBLIC")
            try await guarded.lockAndTerminate(lease)
            let cleaned = try await guarded.clean(lease)
            try expectCode(cleaned, "00000")
            #expect(try cleaned.string("state") == "owns")
            #expect(
                try cleaned.string("owned")
                    == #"[{"kind": "table", "alter": "ALTER TABLE \#(table) OWNER TO ", "identity": "\#(table)", "objection": null}]"#
            )
            let dropped = try await guarded.call("drop", lease)
            #expect(try dropped.string("state") == "kept")
            try expectCode(dropped, "2BP01")
            let hanging = try await guarded.call("hanging", lease).string("hanging")
            #expect(hanging.contains(#""kind": "owner", "count": 1, "database": "app""#))
            #expect(try await guarded.server.execute("SELECT kept FROM \(table)", database: "app").count == 1)
            #expect(try await guarded.find(lease).string("standing") == "live")
            #expect(try await !guarded.find(lease).bool("can_login"))
            // Once a person reassigned it, the rest goes by itself.
            try await guarded.server.execute("ALTER TABLE \(table) OWNER TO postgres", database: "app")
            #expect(try await guarded.clean(lease).string("state") == "clean")
            #expect(try await guarded.call("drop", lease).string("state") == "dropped")
        }

        @Test func privilegesDefaultPrivilegesAndPoliciesAreCleanedUp() async throws {
            let guarded = try await GuardAttackServer.shared()
            let lease = try await guarded.issue()
            let name = lease.role.suffix(13)
            let leaser = try await guarded.leaser(lease)
            _ = try await leaser.query("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC")
            try await guarded.server.psql(
                script: """
                    CREATE TABLE p_\(name) (id int); CREATE SEQUENCE s_\(name);
                    GRANT ALL ON p_\(name), s_\(name) TO \(lease.role); GRANT CREATE ON DATABASE app TO \(lease.role);
                    GRANT EXECUTE ON FUNCTION pg_stat_reset() TO \(lease.role);
                    CREATE POLICY a ON p_\(name) TO \(lease.role), orders_app USING (true);
                    ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO \(lease.role);
                    """, database: "app")
            try await guarded.lockAndTerminate(lease)
            #expect(try await guarded.call("drop", lease).string("state") == "kept")
            #expect(try await guarded.clean(lease).string("state") == "clean")
            #expect(try await guarded.clean(lease).string("state") == "clean")
            #expect(try await guarded.call("hanging", lease).string("hanging") == "[]")
            #expect(try await guarded.call("drop", lease).string("state") == "dropped")
            #expect(try await guarded.server.execute("SELECT * FROM p_\(name)", database: "app").isEmpty)
        }

        @Test func cleanUpTouchesOnlyEndedRolesOfThisInstallation() async throws {
            let guarded = try await GuardAttackServer.shared()
            let lease = try await guarded.issue()
            try await guarded.lockAndTerminate(lease)
            let broker = try await guarded.broker(database: "app")
            let bad: [(String, String)] = [
                (#"{"lease": "\#(lease.id)", "role": "orders_app", "role_oid": 1}"#, "MF001"),
                (
                    #"{"lease": "\#(lease.id)", "role": "\#(lease.role)\n", "role_oid": \#(lease.oid)}"#,
                    "MF001"
                ),
                (
                    #"{"lease": "\#(lease.id)", "role": "\#(lease.role)", "role_oid": "\#(lease.oid)"}"#,
                    "MF001"
                ),
                (#"{"lease": "\#(lease.id)", "role": "\#(lease.role)", "role_oid": null}"#, "MF001"),
                (#"{"lease": "\#(lease.id)", "role": "\#(lease.role)", "role_oid": -1}"#, "MF001"),
                (#"{"lease": "\#(lease.id)", "role": "\#(lease.role)", "role_oid": 99999999999}"#, "MF001"),
                (#"{"lease": "\#(lease.id)", "role": "\#(lease.role)", "role_oid": 9999999999}"#, "22003"),
                (#"{"lease": "\#(lease.id)", "role": "\#(lease.role)"}"#, "MF001"), ("null", "MF001"),
                (
                    #"{"lease": "00000000-0000-4000-8000-000000000000", "role": "\#(lease.role)", "role_oid": \#(lease.oid)}"#,
                    "MF004"
                ),
            ]
            let batch = "[" + bad.map(\.0).joined(separator: ",") + "]"
            let rows = try await broker.query("SELECT * FROM mayfly_cleanup.clean($1::jsonb)", [batch])
            for (row, (json, code)) in zip(rows, bad) {
                #expect(try row.string("sqlstate") == code, "\(json)")
            }
            for batch in [nil, "{}", "null"] {
                await expectSQLState("MF001") {
                    _ = try await broker.query("SELECT * FROM mayfly_cleanup.clean($1::jsonb)", [batch])
                }
            }
        }

        @Test func aPreparedTransactionKeepsTheRoleWithTheStatementForADBA() async throws {
            let guarded = try await GuardAttackServer.shared()
            let lease = try await guarded.issue(GuardAttackMember(groups: ["orders_app"]))
            let leaser = try await guarded.leaser(lease)
            let gid = "it''s \(lease.role.suffix(13))"
            _ = try await leaser.query("BEGIN")
            _ = try await leaser.query("CREATE TABLE workshop.prepared_\(lease.role.suffix(13)) ()")
            _ = try await leaser.query("PREPARE TRANSACTION '\(gid)'")
            try await guarded.lockAndTerminate(lease)
            try expectCode(try await guarded.clean(lease), "MF009")
            let dropped = try await guarded.call("drop", lease)
            #expect(try dropped.string("state") == "kept")
            try expectCode(dropped, "2BP01")
            let hanging = try await guarded.server.execute(
                "SELECT $1::jsonb -> 0 ->> 'statement' AS s",
                [try await guarded.call("hanging", lease).string("hanging")]
            ).only().string("s")
            #expect(hanging == "ROLLBACK PREPARED '\(gid)'")
            try await guarded.server.execute(hanging, database: "app")
            #expect(try await guarded.call("drop", lease).string("state") == "dropped")
        }

        @Test func endOverdueTakesOverdueRolesStepByStepAndNoOthers() async throws {
            let guarded = try await GuardAttackServer.shared()
            let lease = try await guarded.issue(GuardAttackMember().with("ttl_seconds", "1"))
            let owner = try await guarded.issue(GuardAttackMember(groups: ["orders_app"]))
            let other = try await guarded.issue()
            let leaser = try await guarded.leaser(lease)
            let table = "workshop.o_\(owner.role.suffix(13))"
            let ownerSession = try await guarded.leaser(owner)
            _ = try await ownerSession.query("CREATE TABLE \(table) ()")
            try await guarded.server.execute(
                "UPDATE mayfly.lease SET valid_until = now() - interval '1 s' WHERE lease = '\(owner.id)'",
                database: "mayfly")
            // A scheduler's account that a DBA lets call it, and nothing else.
            try await guarded.server.psql(
                script: """
                    CREATE ROLE scheduler LOGIN; GRANT CONNECT ON DATABASE mayfly TO scheduler;
                    \\connect mayfly
                    GRANT USAGE ON SCHEMA mayfly TO scheduler;
                    GRANT EXECUTE ON FUNCTION mayfly.end_overdue() TO scheduler;
                    """)
            try await guarded.server.setPassword("s", of: "scheduler")
            let scheduler = try await guarded.server.connect(
                as: "scheduler", password: "s", database: "mayfly")
            await expectSQLState("42501") { _ = try await scheduler.query("SELECT mayfly.issue('[]')") }
            var actions: [String: [String]] = [:]
            try await eventually("the overdue role is dropped") {
                for row in try await scheduler.query("SELECT * FROM mayfly.end_overdue()") {
                    actions[try row.string("lease"), default: []].append(try row.string("action"))
                }
                return actions[lease.id]?.last == "dropped" && actions[owner.id]?.last == "kept"
            }
            #expect(actions[lease.id]?.first == "locked")
            #expect(actions[other.id] == nil)
            await #expect(throws: PostgreSQLError.self) { _ = try await leaser.query("SELECT 1") }
            #expect(try await guarded.server.execute("SELECT FROM \(table)", database: "app").isEmpty)
            #expect(try await guarded.find(lease).string("standing") == "ended")
            #expect(try await guarded.find(other).bool("can_login"))
        }

        @Test func onAStandbySessionsAreEndedAndNothingIsWritten() async throws {
            let guarded = try await GuardAttackServer.start()
            let standby = GuardAttackServer(server: try await guarded.server.makeStandby())
            let lease = try await guarded.issue()
            try await guarded.server.waitForReplay(on: standby.server)
            let leaser = try await standby.leaser(lease)
            let batch = "[\(GuardAttackMember().json)]"
            for function in ["issue", "renew", "replace_verifier", "lock", "drop"] {
                await expectSQLState("MF011") { _ = try await standby.call(function, batch) }
            }
            let broker = try await standby.broker()
            await expectSQLState("MF011") { _ = try await broker.query("SELECT * FROM mayfly.end_overdue()") }
            let sessions = try await broker.query("SELECT * FROM mayfly.sessions()")
            #expect(try sessions.map { try $0.string("lease") } == [lease.id])
            #expect(try await standby.find(lease).string("standing") == "live")
            #expect(
                try await broker.query("SELECT mayfly.describe() ->> 'in_recovery' AS r").only().string("r")
                    == "true")

            // Dropped on the primary; the termination did not replicate.
            try await guarded.lockAndTerminate(lease)
            #expect(try await guarded.call("drop", lease).string("state") == "dropped")
            try await guarded.server.waitForReplay(on: standby.server)
            _ = try await leaser.query("SELECT 1")
            #expect(try await standby.call("terminate", lease).int("terminated") == 1)
            await #expect(throws: PostgreSQLError.self) { _ = try await leaser.query("SELECT 1") }
        }
    }
}
