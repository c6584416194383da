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
}
