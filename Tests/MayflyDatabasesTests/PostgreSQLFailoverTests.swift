import Foundation
import MayflyCore
import MayflyTesting
import SQLClients
import Testing

/// Two servers and a promotion.
@Suite(.serialized) struct PostgreSQLFailoverTests {
    /// A primary with the guard, and a standby of it. The standby has a port of its own, so that its socket gets a
    /// second name with the primary's: one port serves for all hosts of a configuration.
    private func pair(
        adjust: (inout DatabaseDefinition, _ primary: PostgreSQLServer, _ standby: PostgreSQLServer) -> Void
    ) async throws -> (environment: PostgreSQLEnvironment, standby: PostgreSQLServer) {
        let primary = try await PostgreSQLServer.start()
        let standby = try await primary.makeStandby()
        try FileManager.default.createSymbolicLink(
            atPath: "\(standby.socketDirectory)/.s.PGSQL.\(primary.port)",
            withDestinationPath: "\(standby.socketDirectory)/.s.PGSQL.\(standby.port)")
        let environment = try await PostgreSQLEnvironment.make(primary) { adjust(&$0, primary, standby) }
        try await primary.waitForReplay(on: standby)
        return (environment, standby)
    }

    @Test func aPromotedStandbyWithoutTheNewestIsSweptRight() async throws {
        let (environment, standby) = try await pair { definition, primary, standby in
            definition.hosts = [primary.socketDirectory, standby.socketDirectory]
        }
        let suite = DatabaseEngineConformance(environment)
        let resurrected = try suite.order()
        try await suite.issue(resurrected)
        try await environment.server.waitForReplay(on: standby)

        // From here on nothing replicates any more.
        try await standby.execute("ALTER SYSTEM SET primary_conninfo = ''")
        try await standby.reload()
        let primary = environment.server
        try await eventually("the standby no longer streams") {
            try await primary.execute("SELECT FROM pg_stat_replication").isEmpty
        }
        let lost = try suite.order()
        try await suite.issue(lost)
        #expect(try await suite.revoke(resurrected) == .gone(sessionsEnded: 0))

        try await primary.stop(.immediate)
        try await standby.promote()
        let engine = environment.engine
        try await eventually("the new primary is found") { await engine.health().reachable }

        let roles = try await engine.roles()
        #expect(roles.map(\.role) == [resurrected.order.role.rawValue])
        #expect(roles.first?.standing == .live)
        #expect(try await suite.revoke(resurrected) == .gone(sessionsEnded: 0))
        #expect(try await suite.revoke(lost) == .gone(sessionsEnded: 0))
        #expect(try await engine.roles().isEmpty)
        let left = try await standby.execute("SELECT FROM pg_roles WHERE rolname LIKE 'mf\\_%'")
        #expect(left.isEmpty)
    }

    @Test func aFailoverInTheMiddleOfABatchLosesNoRoleOutOfSight() async throws {
        let (environment, standby) = try await pair { definition, primary, standby in
            definition.hosts = [primary.socketDirectory, standby.socketDirectory]
            definition.timeoutSeconds = 5
        }
        let suite = DatabaseEngineConformance(environment)
        let engine = environment.engine
        let made = try (0..<100).map { _ in try suite.order() }
        for answer in await engine.issue(made.map(\.order)) { _ = try answer.get() }
        try await environment.server.waitForReplay(on: standby)
        let references = made.map(\.reference)
        async let first = engine.revoke(references, .full)
        // In the middle: some are locked, and none or some are dropped.
        try await eventually("the batch has begun") {
            try await environment.server.execute(
                "SELECT FROM pg_roles WHERE rolname LIKE 'mf\\_%' AND rolcanlogin"
            ).count < 100
        }
        try await environment.server.stop(.immediate)
        try await standby.promote()
        for outcome in await first {
            switch outcome {
            case .gone, .failed: continue
            case .locked(let obstacle): Issue.record("\(obstacle)")
            }
        }
        try await eventually("the new primary is found") { await engine.health().reachable }
        // What the broker does when the server is back: whatever is there, is there to see, and ends.
        let there = try await standby.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE 'mf\\_%'")
        #expect(
            try await Set(engine.roles().filter { $0.standing == .live }.map(\.role))
                == Set(try there.map { try $0.string("rolname") }))
        for outcome in await engine.revoke(references, .full) {
            guard case .gone = outcome else {
                Issue.record("\(outcome)")
                continue
            }
        }
        #expect(try await standby.execute("SELECT FROM pg_roles WHERE rolname LIKE 'mf\\_%'").isEmpty)
        #expect(try await engine.roles().isEmpty)
    }

    @Test func aSessionOnAStandbyIsCutToo() async throws {
        let (environment, standby) = try await pair { definition, primary, standby in
            definition.hosts = [primary.socketDirectory]
            definition.replicas = [standby.socketDirectory]
        }
        let suite = DatabaseEngineConformance(environment)
        let made = try suite.order()
        try await suite.issue(made)
        try await environment.server.waitForReplay(on: standby)
        let session = try await standby.connect(
            as: made.order.role.rawValue, password: made.password, database: "orders")
        _ = try await session.query("SELECT count(*) FROM customers")
        #expect(try await suite.revoke(made) == .gone(sessionsEnded: 1))
        await #expect(throws: (any Error).self) { _ = try await session.query("SELECT 1") }
    }

    @Test func aStandbyThatIsDownKeepsNoRoleAliveButIsNotForgotten() async throws {
        let (environment, standby) = try await pair { definition, primary, standby in
            definition.hosts = [primary.socketDirectory]
            definition.replicas = [standby.socketDirectory]
        }
        let suite = DatabaseEngineConformance(environment)
        let made = try suite.order()
        try await suite.issue(made)
        try await environment.server.waitForReplay(on: standby)
        try await standby.stop()
        guard case .failed(let failure) = try await suite.revoke(made) else {
            Issue.record("said to be gone, with a standby that nobody asked")
            return
        }
        #expect(failure.kind == .replica)
        #expect(try await !environment.roleExists(made.order.role.rawValue))
        try await standby.start()
        #expect(try await suite.revoke(made) == .gone(sessionsEnded: 0))
    }

    @Test func aStandbyThatHangsKeepsNobodyWaiting() async throws {
        let (environment, standby) = try await pair { definition, primary, standby in
            definition.hosts = [primary.socketDirectory]
            definition.replicas = [standby.socketDirectory]
            definition.timeoutSeconds = 60
        }
        let suite = DatabaseEngineConformance(environment)
        let made = try suite.order()
        try await suite.issue(made)
        try await environment.server.waitForReplay(on: standby)
        try await standby.freeze()
        let start = ContinuousClock.now
        let outcome = await environment.engine.revoke([made.reference], .brief)[0]
        // Half a second is given to it; the deadline of a call is a minute.
        #expect(ContinuousClock.now - start < .seconds(40))
        guard case .failed(let failure) = outcome, failure.kind == .replica, !outcome.isUnanswered else {
            Issue.record("a standby's trouble was taken for the server's: \(outcome)")
            return
        }
        #expect(try await !environment.roleExists(made.order.role.rawValue))
        try standby.thaw()
        #expect(try await suite.revoke(made) == .gone(sessionsEnded: 0))
    }
}
