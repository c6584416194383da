import Foundation
import MayflyCore
import MayflyTesting
import SQLClients
import Testing

/// Roles that resist their end, in one batch with others.
@Suite struct PostgreSQLStubbornRoleTests {
    @Test func aTransactionThatHoldsItsRoleEndsWithItAndSoDoNeighbours() async throws {
        let environment = try await PostgreSQLEnvironment.shared()
        let suite = DatabaseEngineConformance(environment)
        let (stubborn, neighbour) = (try suite.order(), try suite.order())
        try await suite.issue(stubborn)
        try await suite.issue(neighbour)
        let session = try await environment.server.connect(
            as: stubborn.order.role.rawValue, password: stubborn.password, database: "orders")
        _ = try await session.query("BEGIN")
        _ = try await session.query("ALTER ROLE CURRENT_USER PASSWORD 'mine'")
        let outcomes = await environment.engine.revoke([stubborn.reference, neighbour.reference], .brief)
        #expect(outcomes.last == .gone(sessionsEnded: 0))
        guard case .gone = outcomes[0] else {
            Issue.record("\(outcomes[0])")
            return
        }
        await #expect(throws: (any Error).self) { _ = try await session.query("SELECT 1") }
    }

    @Test func soIsOneThatWasPreparedWithTheBrokersAccountByTheCheckToo() async throws {
        let environment = try await PostgreSQLEnvironment.make()
        let suite = DatabaseEngineConformance(environment)
        let made = try suite.order()
        try await suite.issue(made)
        let thief = try await environment.server.connect(
            as: PostgreSQLEnvironment.account, password: PostgreSQLEnvironment.password, database: "mayfly")
        _ = try await thief.query("BEGIN")
        _ = try await thief.query(
            "SELECT * FROM mayfly.renew(jsonb_build_array(jsonb_build_object('lease', $1::text, 'ttl_seconds', 900)))",
            [made.order.lease.description])
        _ = try await thief.query("PREPARE TRANSACTION 'thief''s'")
        let outcomes = await environment.engine.revoke([made.reference], .brief)
        guard case .failed(let failure) = outcomes[0] else {
            Issue.record("\(outcomes[0])")
            return
        }
        #expect(failure.message.contains("ROLLBACK PREPARED 'thief''s'"))
        func found() async -> Finding? {
            await environment.engine.preflight(profiles: [environment.profile]).first {
                $0.severity == .error && $0.message.contains("prepared with our account")
            }
        }
        #expect(await found()?.statement?.hasPrefix("ROLLBACK PREPARED 'thief''s';") == true)
        try await environment.server.execute("ROLLBACK PREPARED 'thief''s'", database: "mayfly")
        #expect(try await suite.revoke(made) == .gone(sessionsEnded: 0))
        #expect(await found() == nil)
        await environment.engine.close()
    }

    @Test func aPreparedTransactionThatHoldsItsRoleIsNamedForADBA() async throws {
        let environment = try await PostgreSQLEnvironment.shared()
        let suite = DatabaseEngineConformance(environment)
        let (stubborn, neighbour) = (try suite.order(), try suite.order())
        try await suite.issue(stubborn)
        try await suite.issue(neighbour)
        let name = stubborn.order.role.rawValue
        let session = try await environment.server.connect(
            as: name, password: stubborn.password, database: "orders")
        _ = try await session.query("BEGIN")
        _ = try await session.query("ALTER ROLE CURRENT_USER PASSWORD 'mine'")
        _ = try await session.query("PREPARE TRANSACTION 'stubborn \(name)'")
        let outcomes = await environment.engine.revoke([stubborn.reference, neighbour.reference], .brief)
        #expect(outcomes.last == .gone(sessionsEnded: 0))
        guard case .failed(let failure) = outcomes[0] else {
            Issue.record("\(outcomes[0])")
            return
        }
        #expect(failure.message.contains("ROLLBACK PREPARED 'stubborn \(name)'"))
        await #expect(throws: (any Error).self) { _ = try await session.query("SELECT 1") }
        try await environment.server.execute("ROLLBACK PREPARED 'stubborn \(name)'", database: "orders")
        #expect(try await suite.revoke(stubborn) == .gone(sessionsEnded: 0))
    }
}
