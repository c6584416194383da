import Foundation
import MayflyCore
import MayflyTesting
import SQLClients
import Testing

/// Following sessions on a real MariaDB or MySQL server.
@Suite struct MariaDBSessionTests {
    private func suite() async throws -> DatabaseEngineConformance<MariaDBEnvironment> {
        DatabaseEngineConformance(try await MariaDBEnvironment.shared())
    }

    @Test func aLookFindsTheSessionsOfOurRolesAndOfNobodyElse() async throws {
        try await suite().aLookFindsTheSessionsOfOurRolesAndOfNobodyElse(tellsStart: false)
    }

    @Test func howSessionsEndIsProvedNotGuessed() async throws {
        try await suite().howSessionsEndIsProvedNotGuessed()
    }

    @Test func aLookAtManySessionsIsCheap() async throws {
        let environment = try await MariaDBEnvironment.make()
        try await DatabaseEngineConformance(environment).aLookAtManySessionsIsCheap(
            count: 120, within: .milliseconds(500))
        await environment.engine.close()
    }

    @Test("A session of before the server's start is not taken for one that has its number now")
    func numbersBeginAnew() async throws {
        let suite = try await suite()
        let made = try suite.order()
        try await suite.issue(made)
        let session = try await suite.environment.logIn(made.order.role, password: made.password)
        let look = try await suite.engine.watchSessions()
        let server = try #require(look.servers.first)
        let key = try #require(server.sessions.first { $0.lease == made.order.lease }).key(on: server)
        for moment in [Date.distantPast, server.startedAt.addingTimeInterval(-10)] {
            #expect(try await !suite.engine.endSession(key, of: made.order.lease, seenAt: moment))
        }
        try await session.run("SELECT 1")
        #expect(try await suite.engine.endSession(key, of: made.order.lease, seenAt: Date()))
        _ = try await suite.revoke(made)
        await session.end()
    }
}
