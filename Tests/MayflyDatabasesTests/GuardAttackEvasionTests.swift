import Foundation
import MayflyTesting
import SQLClients
import Testing

extension GuardAttack {
    /// What the holder of a credential, or of the broker's account, may try so as not to be ended.
    @Suite struct Evasions {
        @Test func aConnectionOpenedBeforeTheRoleExistedIsEndedWithIt() async throws {
            let guarded = try await GuardAttackServer.start()
            let server = guarded.server
            // Trusted, so that the test need not speak SCRAM by hand.
            let rules = Data("local all all trust\nhost all all 127.0.0.1/32 trust\n".utf8)
            try rules.write(to: URL(filePath: "\(server.dataDirectory)/pg_hba.conf"))
            try await server.execute("SELECT pg_reload_conf()")
            for isDroppedByHand in [false, true] {
                let early = try HTTPRawConnection("\(server.socketDirectory)/.s.PGSQL.\(server.port)")
                // The backend has started when it answers that it won't talk TLS.
                try await early.send([0, 0, 0, 8, 4, 210, 22, 47])
                #expect(try await early.receive() == Array("N".utf8))
                let lease = try await guarded.issue()
                try await early.send(Self.startup(user: lease.role, database: "app"))
                try await Self.ready(early)
                let broker = try await guarded.broker()
                #expect(try await broker.query("SELECT * FROM mayfly.sessions()").count == 1)
                if isDroppedByHand {
                    try await server.execute("DROP ROLE \(lease.role)")
                } else {
                    _ = try await guarded.call("lock", lease)
                    try expectCode(try await guarded.call("drop", lease), "MF009")
                }
                #expect(try await guarded.call("terminate", lease).int("terminated") == 1)
                #expect(try await guarded.call("terminate", lease).int("remaining") == 0)
                _ = try await early.untilClosed()
                await broker.close()
            }
        }

        /// A startup packet of protocol 3.0.
        private static func startup(user: String, database: String) -> [UInt8] {
            let body = [UInt8]([0, 3, 0, 0]) + Array("user\0\(user)\0database\0\(database)\0\0".utf8)
            return withUnsafeBytes(of: UInt32(body.count + 4).bigEndian) { Array($0) } + body
        }

        /// Reads until the server is ready for a query.
        private static func ready(_ connection: HTTPRawConnection) async throws {
            var bytes: [UInt8] = []
            while bytes.suffix(6).prefix(5) != [UInt8(ascii: "Z"), 0, 0, 0, 5] {
                guard let more = try await connection.receive() else {
                    throw TestServerError.timedOut("login: \(String(decoding: bytes, as: UTF8.self))")
                }
                bytes += more
            }
        }

        @Test func aTransactionThatHoldsTheRolesRowDoesNotKeepIt() async throws {
            let guarded = try await GuardAttackServer.shared()
            let lease = try await guarded.issue()
            let leaser = try await guarded.leaser(lease)
            _ = try await leaser.query("BEGIN")
            _ = try await leaser.query("ALTER ROLE CURRENT_USER PASSWORD 'mine'")
            #expect(try await guarded.call("lock", lease).string("state") == "locked")
            await #expect(throws: PostgreSQLError.self) { _ = try await leaser.query("SELECT 1") }
            try await guarded.lockAndTerminate(lease)
            #expect(try await guarded.call("drop", lease).string("state") == "dropped")
        }

        @Test func aPreparedTransactionThatHoldsTheRowLeavesTheRoleWithoutPowers() async throws {
            let guarded = try await GuardAttackServer.shared()
            let lease = try await guarded.issue()
            let leaser = try await guarded.leaser(lease)
            _ = try await leaser.query("SELECT * FROM orders")
            _ = try await leaser.query("BEGIN")
            _ = try await leaser.query("ALTER ROLE CURRENT_USER PASSWORD 'mine'")
            _ = try await leaser.query("PREPARE TRANSACTION 'held \(lease.role)'")
            try expectCode(try await guarded.call("lock", lease), "55P03")
            try await eventually("its sessions have ended") {
                try await guarded.call("terminate", lease).int("remaining") == 0
            }
            let again = try await guarded.leaser(lease)
            await expectSQLState("42501") { _ = try await again.query("SELECT * FROM orders") }
            let hanging = try await guarded.call("hanging", lease).string("hanging")
            #expect(hanging.contains("ROLLBACK PREPARED"))
            try expectCode(try await guarded.call("drop", lease), "MF009")
            try await guarded.server.execute("ROLLBACK PREPARED 'held \(lease.role)'", database: "app")
            try await guarded.lockAndTerminate(lease)
            #expect(try await guarded.call("drop", lease).string("state") == "dropped")
        }

        @Test func whatALockedRoleOwnsHasNoPowerAnyMore() async throws {
            let guarded = try await GuardAttackServer.shared()
            let lease = try await guarded.issue(GuardAttackMember(groups: ["orders_app", "orders_readonly"]))
            let accomplice = try await guarded.issue(GuardAttackMember(groups: ["orders_app"]))
            let leaser = try await guarded.leaser(lease)
            let name = "workshop.peek_\(lease.role.suffix(13))"
            _ = try await leaser.query(
                """
                CREATE FUNCTION \(name)() RETURNS bigint LANGUAGE sql SECURITY DEFINER
                AS 'SELECT count(*) FROM public.orders'
                """)
            let other = try await guarded.leaser(accomplice)
            _ = try await other.query("SELECT \(name)()")
            try await guarded.lockAndTerminate(lease)
            #expect(try await guarded.call("drop", lease).string("state") == "kept")
            await expectSQLState("42501") { _ = try await other.query("SELECT \(name)()") }
        }

        @Test func aRoleThatSomebodyElseIsAMemberOfIsOfNoUseToThem() async throws {
            let guarded = try await GuardAttackServer.shared()
            let lease = try await guarded.issue()
            let accomplice = try await guarded.issue(GuardAttackMember(groups: ["orders_app"]))
            // Before 15 a leaser can do this by itself; here a DBA was talked into it.
            try await guarded.server.execute("GRANT \(lease.role) TO \(accomplice.role)")
            let other = try await guarded.leaser(accomplice)
            _ = try await other.query("SET ROLE \(lease.role)")
            #expect(try await other.query("SELECT * FROM orders").count == 2)
            try await guarded.lockAndTerminate(lease)
            await expectSQLState("42501") { _ = try await other.query("SELECT * FROM orders") }
            _ = try await other.query("RESET ROLE")
            await expectSQLState("42501") { _ = try await other.query("SET ROLE \(lease.role)") }
            #expect(try await guarded.call("drop", lease).string("state") == "dropped")
        }

        @Test func aStolenBrokerCannotDropARoleInTheTransactionThatLockedIt() async throws {
            let guarded = try await GuardAttackServer.shared()
            let lease = try await guarded.issue()
            let batch = #"[{"lease": "\#(lease.id)"}]"#
            let broker = try await guarded.broker()
            _ = try await broker.query("BEGIN")
            _ = try await broker.query("SELECT * FROM mayfly.lock($1::jsonb)", [batch])
            let dropped = try await broker.query("SELECT * FROM mayfly.drop($1::jsonb)", [batch])
            try expectCode(try dropped.only(), "MF009")
            _ = try await broker.query("COMMIT")
            #expect(try await guarded.call("drop", lease).string("state") == "dropped")
        }

        @Test func aStolenBrokerThatHoldsTheRegistersRowKeepsNoSessionPastItsEnd() async throws {
            let guarded = try await GuardAttackServer.shared()
            let lease = try await guarded.issue(GuardAttackMember().with("ttl_seconds", "2"))
            let leaser = try await guarded.leaser(lease)
            let broker = try await guarded.broker()
            _ = try await broker.query("BEGIN")
            _ = try await broker.query(
                "SELECT * FROM mayfly.renew($1::jsonb)",
                [#"[{"lease": "\#(lease.id)", "ttl_seconds": 3600}]"#])
            let scheduler = try await guarded.broker()
            try await eventually("the session is ended all the same") {
                _ = try await scheduler.query("SELECT * FROM mayfly.end_overdue()")
                do {
                    _ = try await leaser.query("SELECT 1")
                    return false
                } catch { return true }
            }
            _ = try await broker.query("ROLLBACK")
        }

        @Test func aStolenBrokerThatHoldsTheRegistersRowKeepsNoLeaseFromBeingLocked() async throws {
            let guarded = try await GuardAttackServer.start()
            for function in ["renew", "replace_verifier"] {
                let lease = try await guarded.issue()
                let thief = try await guarded.broker()
                _ = try await thief.query("BEGIN")
                try expectCode(
                    try await thief.query(
                        "SELECT * FROM mayfly.\(function)($1::jsonb)",
                        [ForeignRoles.batch(function, lease.id)]
                    ).only(), "00000")
                try await eventually("it is locked") {
                    try await guarded.call("lock", lease).string("sqlstate") == "00000"
                }
                await #expect(throws: PostgreSQLError.self) { _ = try await thief.query("SELECT 1") }
            }
        }

        @Test func aPreparedTransactionOfTheBrokersIsNamedForADBA() async throws {
            let guarded = try await GuardAttackServer.start()
            let (lease, other) = (try await guarded.issue(), try await guarded.issue())
            let thief = try await guarded.broker()
            _ = try await thief.query("BEGIN")
            _ = try await thief.query(
                "SELECT * FROM mayfly.renew($1::jsonb)", [ForeignRoles.batch("renew", lease.id)])
            _ = try await thief.query("PREPARE TRANSACTION 'the thief''s'")
            try expectCode(try await guarded.call("lock", lease), "55P03")
            let hanging = try await guarded.call("hanging", lease).string("hanging")
            #expect(hanging.contains(#""statement": "ROLLBACK PREPARED 'the thief''s'""#))
            // Others are locked, and nothing of it is said of them any more: they can be dropped.
            try expectCode(try await guarded.call("lock", other), "00000")
            #expect(try await guarded.call("hanging", other).string("hanging") == "[]")
            try expectCode(try await guarded.call("drop", other), "00000")
            try await guarded.server.execute("ROLLBACK PREPARED 'the thief''s'", database: "mayfly")
            try expectCode(try await guarded.call("lock", lease), "00000")
        }

        @Test func aRoleThatWasNeverLockedByTheGuardIsNotDropped() async throws {
            let guarded = try await GuardAttackServer.shared()
            let lease = try await guarded.issue()
            try await guarded.server.execute("ALTER ROLE \(lease.role) NOLOGIN")
            try expectCode(try await guarded.call("drop", lease), "MF009")
            try await guarded.lockAndTerminate(lease)
            #expect(try await guarded.call("drop", lease).string("state") == "dropped")
        }
    }
}
