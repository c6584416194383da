import MayflyTesting
import SQLClients
import Testing

extension GuardAttack {
    /// What the holder of a credential may try.
    @Suite struct Leasers {
        @Test func aLeaserCannotRaiseOrProlongItself() async throws {
            let guarded = try await GuardAttackServer.shared()
            let lease = try await guarded.issue()
            let other = try await guarded.issue()
            let leaser = try await guarded.leaser(lease)
            // Before 15 every role may hand itself on: `whatALeaserGrantsOfItselfEndsWithIt`.
            let handsOn =
                try await guarded.server.majorVersion() < 15
                ? [] : ["GRANT \(lease.role) TO \(other.role)", "GRANT \(lease.role) TO bystander"]
            for statement in handsOn + [
                "ALTER ROLE \(lease.role) VALID UNTIL 'infinity'", "ALTER ROLE \(lease.role) SUPERUSER",
                "ALTER ROLE \(lease.role) CREATEROLE", "ALTER ROLE \(lease.role) CREATEDB",
                "ALTER ROLE \(lease.role) CONNECTION LIMIT -1", "ALTER ROLE \(lease.role) BYPASSRLS",
                "COMMENT ON ROLE \(lease.role) IS 'x'",
                "GRANT orders_app TO \(lease.role)", "GRANT orders_readonly TO \(other.role)",
                "ALTER ROLE \(other.role) PASSWORD 'x'",
                "SET ROLE \(other.role)", "SET SESSION AUTHORIZATION postgres", "CREATE ROLE x",
                "ALTER SYSTEM SET log_statement = 'none'",
            ] {
                await expectSQLState("42501") { _ = try await leaser.query(statement) }
            }
        }

        @Test(arguments: [
            "ALTER ROLE ROLE PASSWORD 'mine'", "ALTER ROLE ROLE SET work_mem = '1MB'",
            "ALTER ROLE ROLE RESET statement_timeout", "ALTER ROLE ROLE IN DATABASE app SET search_path = x",
            "ALTER ROLE ROLE PASSWORD NULL",
        ])
        func whatALeaserChangesOfItsOwnIsSeenAndEndsWithIt(statement: String) async throws {
            let guarded = try await GuardAttackServer.shared()
            let lease = try await guarded.issue(
                GuardAttackMember().with("settings", #"{"statement_timeout": "60s", "work_mem": "4MB"}"#))
            #expect(try await !guarded.find(lease).bool("altered"))
            let leaser = try await guarded.leaser(lease)
            _ = try await leaser.query(statement.replacing("ROLE ROLE", with: "ROLE \(lease.role)"))
            #expect(try await guarded.find(lease).bool("altered"))
            #expect(try await guarded.find(lease).string("standing") == "live")
            try await guarded.lockAndTerminate(lease)
            #expect(try await guarded.clean(lease).string("state") == "clean")
            #expect(try await guarded.call("drop", lease).string("state") == "dropped")
        }

        /// Before 15 a role may grant itself to whom it likes; since then a DBA does it here. Whoever has it so is a member
        /// of the lease's groups, and loses that when the lease is locked, also if it cannot be dropped.
        @Test func whatALeaserGrantsOfItselfEndsWithIt() async throws {
            let guarded = try await GuardAttackServer.shared()
            let lease = try await guarded.issue()
            let friend = try await guarded.issue(GuardAttackMember(groups: ["orders_app"]))
            let friendly = try await guarded.leaser(friend)
            await expectSQLState("42501") { _ = try await friendly.query("SELECT * FROM orders") }
            let leaser = try await guarded.leaser(lease)
            let statement = "GRANT \(lease.role) TO \(friend.role)"
            if try await guarded.server.majorVersion() < 15 {
                _ = try await leaser.query(statement)
            } else {
                try await guarded.server.execute(statement)
            }
            _ = try await friendly.query("SELECT * FROM orders")
            _ = try await friendly.query("SET ROLE \(lease.role)")
            try await guarded.lockAndTerminate(lease)
            #expect(
                try await guarded.call("lock", lease).string("message").contains("granted to \(friend.role)"))
            await expectSQLState("42501") { _ = try await friendly.query("SELECT * FROM orders") }
            await expectSQLState("42501") {
                _ = try await friendly.query("CREATE TABLE workshop.left_over ()")
            }
            _ = try await friendly.query("RESET ROLE")
            await expectSQLState("42501") { _ = try await friendly.query("SELECT * FROM orders") }
            await expectSQLState("42501") { _ = try await friendly.query("SET ROLE \(lease.role)") }
            #expect(try await guarded.clean(lease).string("state") == "clean")
            #expect(try await guarded.call("drop", lease).string("state") == "dropped")
        }

        @Test func aLeaserCannotReachTheGuard() async throws {
            let guarded = try await GuardAttackServer.shared()
            let lease = try await guarded.issue()
            await expectSQLState("42501") { _ = try await guarded.leaser(lease, database: "mayfly") }
            let leaser = try await guarded.leaser(lease)
            for statement in [
                "SELECT * FROM mayfly_cleanup.guard", "SELECT * FROM mayfly_cleanup.clean('[]')",
                "SELECT mayfly_cleanup.describe()", "SELECT mayfly_cleanup.ended_role('{}')",
                "SELECT * FROM mayfly_cleanup.reassign('[]')",
                "SELECT * FROM mayfly_cleanup.left_behind('[]')",
                "SELECT * FROM mayfly_cleanup.owned_by(10, 5)", "SELECT * FROM mayfly_cleanup.reassigned",
                "INSERT INTO mayfly_cleanup.allowed_owner VALUES ('postgres', true, true)",
            ] {
                await expectSQLState("42501") { _ = try await leaser.query(statement) }
            }
        }

        @Test func thePasswordEndsWithTheLease() async throws {
            let guarded = try await GuardAttackServer.shared()
            let lease = try await guarded.issue(GuardAttackMember().with("ttl_seconds", "1"))
            try await eventually("the password of \(lease.role) expires") {
                do {
                    await (try await guarded.leaser(lease)).close()
                    return false
                } catch let error as PostgreSQLError {
                    return error.sqlState == .invalidPassword
                }
            }
            let renewal = #"[{"lease": "\#(lease.id)", "ttl_seconds": 60}]"#
            try expectCode(try await guarded.call("renew", renewal).only(), "MF008")
            let replacement = ForeignRoles.batch("replace_verifier", lease.id)
            try expectCode(try await guarded.call("replace_verifier", replacement).only(), "MF008")
        }

        @Test func theConnectionLimitHolds() async throws {
            let guarded = try await GuardAttackServer.shared()
            let lease = try await guarded.issue(GuardAttackMember().with("connection_limit", "1"))
            let first = try await guarded.leaser(lease)
            await expectSQLState("53300") { _ = try await guarded.leaser(lease) }
            await first.close()
        }
    }
}
