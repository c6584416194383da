import MayflyTesting
import SQLClients
import Testing

extension MariaDBGuardAttack {
    /// What the holder of a credential may try.
    @Suite struct Leasers {
        @Test func aLeaserCannotRaiseOrProlongItself() async throws {
            let guarded = try await MariaDBGuardServer.shared()
            let lease = try await guarded.issue()
            let other = try await guarded.issue()
            let leaser = try await guarded.leaser(lease)
            let me = "\(lease.role)@localhost"
            let refusals: Set<UInt32> = [
                1044, 1045, 1142, 1227, 1370, 1396, 1410, 1698, 1959, 3530, 1064, 1290, 1141,
            ]
            for statement in [
                "ALTER USER \(me) ACCOUNT UNLOCK", "ALTER USER \(me) WITH MAX_USER_CONNECTIONS 0",
                "ALTER USER \(other.role)@localhost IDENTIFIED BY 'x'", "DROP USER \(me)", "CREATE USER x",
                "GRANT orders_app TO \(me)", "GRANT orders_readonly TO \(other.role)@localhost",
                "GRANT SELECT ON app.* TO \(other.role)@localhost", "SET ROLE orders_app",
                "SET PASSWORD FOR \(other.role)@localhost = '\(MariaDBGuardMember.otherVerifier)'",
                "RENAME USER \(me) TO root2@localhost",
                "CREATE DEFINER = root@localhost VIEW app.v AS SELECT 1",
                "CREATE DEFINER = mayfly_guard@localhost PROCEDURE app.p() SELECT 1",
                "UPDATE mayfly.lease SET host = '%'",
                "KILL 1", "SET GLOBAL event_scheduler = OFF",
            ] {
                let refusal = try await report { _ = try await leaser.query(statement) }
                let number = refusal?.number.rawValue ?? 0
                #expect(
                    refusals.contains(number) || (statement == "KILL 1" && number == 1094),
                    "\(statement): \(refusal?.debugDescription ?? "done")")
            }
            #expect(try await !guarded.find(lease).bool("altered"))
        }

        @Test func whatALeaserChangesOfItsOwnIsSeenAndEndsWithIt() async throws {
            let guarded = try await MariaDBGuardServer.shared()
            for statement in [
                "SET PASSWORD = PASSWORD('Mine-mine-1')",
                "ALTER USER CURRENT_USER() IDENTIFIED BY 'Mine-mine-1'",
            ] {
                let lease = try await guarded.issue()
                #expect(try await !guarded.find(lease).bool("altered"))
                let leaser = try await guarded.leaser(lease)
                let text =
                    guarded.server.isMySQL
                    ? statement.replacing("PASSWORD('Mine-mine-1')", with: "'Mine-mine-1'") : statement
                // Not of its own to change, in some versions.
                if try await report({ _ = try await leaser.query(text) })?.number == .privilegeMissing {
                    continue
                }
                #expect(try await guarded.find(lease).bool("altered"))
                let row = try await guarded.rows("roles").first { try $0.string("role") == lease.role }
                #expect(try row?.bool("altered") == true)
                #expect(try await guarded.find(lease).string("standing") == "live")
                // A repeated issue is no way back to the password that was issued.
                try await guarded.lockAndTerminate(lease)
                await #expect(throws: MariaDBError.self) {
                    _ = try await guarded.server.connect(as: lease.role, password: "Mine-mine-1")
                }
                #expect(try await guarded.call("drop", lease).string("state") == "dropped")
            }
        }

        @Test func aLeaserWithoutItsDefaultRoleIsStillEnded() async throws {
            let guarded = try await MariaDBGuardServer.shared()
            let lease = try await guarded.issue()
            let leaser = try await guarded.leaser(lease)
            _ = try await leaser.query("SET ROLE NONE")
            await expectNumber(1142) { _ = try await leaser.query("SELECT * FROM app.orders") }
            try await guarded.lockAndTerminate(lease)
            #expect(try await guarded.call("drop", lease).string("state") == "dropped")
        }

        @Test func theConnectionLimitHolds() async throws {
            let guarded = try await MariaDBGuardServer.shared()
            let lease = try await guarded.issue(MariaDBGuardMember().with("connection_limit", "1"))
            let first = try await guarded.leaser(lease)
            await expectNumber(1226, 1203) { _ = try await guarded.leaser(lease) }
            await first.close()
        }

        @Test func theLimitsOfTheSettingsHold() async throws {
            let guarded = try await MariaDBGuardServer.shared()
            let lease = try await guarded.issue(
                MariaDBGuardMember().with("settings", #"{"max_queries_per_hour": "10"}"#))
            let leaser = try await guarded.leaser(lease)
            await expectNumber(1226) { for _ in 0..<20 { _ = try await leaser.query("SELECT 1") } }
        }
    }
}
