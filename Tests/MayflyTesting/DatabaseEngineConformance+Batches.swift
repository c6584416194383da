import Foundation
import MayflyCore
import Testing

extension DatabaseEngineConformance {
    package func oneBadMemberOfFiftyFailsAlone() async throws {
        var batch = try (0..<50).map { try order(requester: "batch\($0)") }
        batch[17] = try order(groups: ["nobody_allowed_this"])
        // NUL fits in no text of a server. Some refuse the whole call, so that it has to be split.
        batch[31] = try order(reason: "a\u{0}b")
        let answers = await engine.issue(batch.map(\.order))
        #expect(answers.count == 50)
        for (index, answer) in answers.enumerated() {
            switch answer {
            case .success: #expect(index != 17 && index != 31)
            case .failure(let failure):
                #expect(
                    index == 17 && failure.kind == .refusedByGuard || index == 31 && failure.kind == .invalid)
            }
        }
        for outcome in await engine.revoke(batch.map(\.reference), .full) {
            #expect(outcome == .gone(sessionsEnded: 0))
        }
        for made in batch { #expect(try await !environment.roleExists(made.order.role.rawValue)) }
    }

    package func moreThanOneCallTakesIsOneBatch() async throws {
        let batch = try (0..<230).map { _ in try order() }
        for answer in await engine.issue(batch.map(\.order)) { _ = try answer.get() }
        for outcome in await engine.revoke(batch.map(\.reference), .full) {
            #expect(outcome == .gone(sessionsEnded: 0))
        }
    }

    package func manyCallersAtOnceAllGetAnswers() async throws {
        let engine = engine
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<40 {
                let made = try order()
                group.addTask {
                    _ = try await #require(engine.issue([made.order]).first).get()
                    #expect(await engine.revoke([made.reference], .full) == [.gone(sessionsEnded: 0)])
                }
            }
            try await group.waitForAll()
        }
    }

    package func theGuardsCeilingHolds() async throws {
        // The environment's guard allows an hour.
        let made = try order(ttl: 7200)
        guard case .failure(let failure) = await engine.issue([made.order])[0] else {
            Issue.record("issued above the ceiling")
            return
        }
        #expect(failure.kind == .refusedByGuard)
        #expect(try await !environment.roleExists(made.order.role.rawValue))
    }

    package func privilegesOfItsOwnGoWithTheRole() async throws {
        let made = try order()
        try await issue(made)
        try await environment.grantDirectly(to: made.order.role)
        try await expectGone(made)
        #expect(try await !environment.roleExists(made.order.role.rawValue))
    }

    package func aRoleThatSomethingHangsOnStaysLockedAndThatStays() async throws {
        let made = try order()
        let role = made.order.role
        try await issue(made)
        let object = try await environment.leaveObject(of: role)

        for _ in 0..<2 {
            guard case .locked(let obstacle) = try await revoke(made) else {
                Issue.record("not locked")
                return
            }
            #expect(obstacle.hanging.contains { $0.contains(object) })
            #expect(obstacle.statement?.isEmpty == false)
        }
        #expect(try await environment.answer(of: object) == "42")
        await #expect(throws: (any Error).self) {
            try await environment.logIn(role, password: made.password)
        }

        try await environment.takeOver(object, of: role)
        try await expectGone(made)
        #expect(try await environment.answer(of: object) == "42")
        try await environment.remove(object)
    }

    package func aSweepTellsLiveFromMissingFromStray() async throws {
        let live = try order()
        let missing = try order()
        try await issue(live)
        try await issue(missing)
        try await environment.dropRole(missing.order.role)
        let stray = try order()
        try await environment.makeStray(stray.order.role)

        let roles = try await engine.roles()
        func standing(_ made: Made) -> RoleStanding? {
            roles.first { $0.role == made.order.role.rawValue }
        }
        let found = try #require(standing(live))
        #expect(found.standing == .live && found.lease == live.order.lease && found.canLogIn)
        #expect(found.requester == "alice" && !found.isOverdue && !found.isAltered)
        #expect(standing(missing)?.standing == .missing)
        #expect(standing(missing)?.lease == missing.order.lease)
        #expect(standing(stray)?.standing == .stray)
        #expect(standing(stray)?.lease == nil)

        // And it says who is behind one, of those and no others.
        let bearer = try #require(try await engine.find(.role(live.order.role.rawValue)))
        #expect(bearer.role == live.order.role.rawValue && bearer.standing?.lease == live.order.lease)
        for name in [environment.group, "nobody", "mf_", "'; --", "\u{0}"] {
            let found = try? await engine.find(.role(name))  // NUL fits in no text of a server
            #expect(found == nil)
        }

        // A name alone is no proof that a role is ours: it is never touched.
        guard case .failed(let failure) = try await revoke(stray) else {
            Issue.record("a stray was touched")
            return
        }
        #expect(failure.kind == .refusedByGuard)
        #expect(try await environment.roleExists(stray.order.role.rawValue))
        try await environment.dropRole(stray.order.role)
        guard case .gone(sessionsEnded: 0, _) = try await revoke(missing) else {
            Issue.record("what somebody dropped is not gone")
            return
        }
        try await expectGone(live)
    }

    package func aSessionThatOutlivedItsRoleIsEnded() async throws {
        let made = try order()
        try await issue(made)
        let session = try await environment.logIn(made.order.role, password: made.password)
        try await environment.dropRole(made.order.role)
        #expect(try await engine.endLateSessions([made.reference]) == 1)
        await #expect(throws: (any Error).self) { try await session.run("SELECT 1") }
        guard case .gone(sessionsEnded: 0, _) = try await revoke(made) else {
            Issue.record("not gone")
            return
        }
    }
}
