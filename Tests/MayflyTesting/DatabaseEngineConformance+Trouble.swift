import MayflyCore
import Testing

/// Servers in trouble: what is answered, how soon, and that nothing is left over.
extension DatabaseEngineConformance where Environment: DatabaseEngineTrouble {
    private func failure(_ made: Made) async throws -> EngineFailure {
        switch try #require(await engine.issue([made.order]).first) {
        case .success: throw TestServerError.timedOut("a failure")
        case .failure(let failure): return failure
        }
    }

    package func aServerThatIsDownIsSaidToBeAndServesAgainOnceItIsUp() async throws {
        let made = try order()
        try await issue(made)
        try await environment.stop()
        #expect(try await failure(try order()).kind == .unreachable)
        #expect(await !engine.health().reachable)
        guard case .failed(let refusal) = try await revoke(made) else {
            Issue.record("revoked on a server that is down")
            return
        }
        #expect(refusal.kind == .unreachable)
        try await environment.start()
        #expect(await engine.health().reachable)
        try await expectGone(made)
    }

    /// With a timeout of 5 s, and 5 s more for finding out what became of a call.
    package func aServerThatHangsCostsABoundedTime() async throws {
        let before = try order()
        try await issue(before)
        try await environment.freeze()
        let made = try order()
        let start = ContinuousClock.now
        let failure = try await failure(made)
        #expect(failure.kind == .outcomeUnknown || failure.kind == .unreachable)
        #expect(await !engine.health().reachable)
        #expect(ContinuousClock.now - start < .seconds(60))
        try await environment.thaw()
        try await eventually("the server answers") { await engine.health().reachable }
        try await expectGone(made)
        #expect(try await !environment.roleExists(made.order.role.rawValue))
        try await expectGone(before)
    }

    package func aRestartInTheMiddleOfABatchLeavesNoDoubt() async throws {
        _ = await engine.health()
        let batch = try (0..<50).map { _ in try order(iterations: 4096) }
        let engine = engine
        async let answers = engine.issue(batch.map(\.order))
        try await environment.restart()
        for (made, answer) in zip(batch, await answers) {
            let exists = try await environment.roleExists(made.order.role.rawValue)
            switch answer {
            case .success: #expect(exists)
            case .failure(let failure): #expect(!exists && failure.kind != .outcomeUnknown)
            }
        }
        let outcomes = await engine.revoke(batch.map(\.reference), .full)
        #expect(outcomes.allSatisfy { $0 == .gone(sessionsEnded: 0) })
    }

    package func heldConnectionsServeWhenTheServerHasNoneLeft() async throws {
        let made = try order()
        try await issue(made)
        try await eventually("held connections") { await engine.health().reachable }
        let sessions = try await environment.exhaustConnections()
        #expect(!sessions.isEmpty)
        try await expectGone(made)
        for session in sessions { await session.end() }
    }

    package func aWrongPasswordOfTheAccountIsSaidToBeThat() async throws {
        let wrong = environment.engineWithWrongPassword()
        guard case .failure(let failure) = await wrong.issue([try order().order])[0] else {
            Issue.record("issued with a wrong password")
            return
        }
        #expect(failure.kind == .notAuthenticated)
        await wrong.close()
    }

    package func aMissingGuardIsSaidToBeThat() async throws {
        let made = try order()
        try await issue(made)
        try await environment.removeGuard()
        #expect(try await failure(try order()).kind == .guardUnusable)
        guard case .failed(let refusal) = try await revoke(made) else {
            Issue.record("revoked without a guard")
            return
        }
        #expect(refusal.kind == .guardUnusable)
    }

    package func aDroppedAccountFailsWithoutDoubt() async throws {
        _ = await engine.health()
        try await environment.dropAccount()
        let failure = try await failure(try order())
        #expect([.notAuthenticated, .guardUnusable, .unreachable].contains(failure.kind))
    }
}
