import Foundation
package import MayflyCore
import MayflyCrypto
package import Testing

/// What every `DatabaseEngine` does, on a real server. Written against the port alone.
///
/// Each function is one test of an engine's own test suite.
package struct DatabaseEngineConformance<Environment: DatabaseEngineEnvironment>: Sendable {
    package let environment: Environment
    package var engine: any DatabaseEngine { environment.engine }

    package init(_ environment: Environment) {
        self.environment = environment
    }

    // MARK: What tests ask for

    package struct Made: Sendable {
        package let order: RoleOrder
        package let password: String
        package var reference: RoleReference { RoleReference(lease: order.lease, role: order.role) }

        /// The same for a part of its groups' scope.
        package func narrowed(to narrowing: Narrowing?) -> Made {
            var order = order
            order.narrowing = narrowing
            return Made(order: order, password: password)
        }
    }

    package func order(
        requester: String = "alice", ttl: Int = 600, groups: [String]? = nil, iterations: Int = 1,
        settings: [String: String] = [:], reason: String? = "conformance", connectionLimit: Int = 5
    ) throws -> Made {
        let password = try Password.random()
        let verifier = try password.withUTF8 { (bytes) throws(EngineFailure) -> Verifier in
            try engine.verifier(for: bytes, iterations: iterations)
        }
        let role = RoleName(
            tag: environment.tag, requester: requester, random: try SecureRandom.bytes(RoleName.randomLength))
        let order = RoleOrder(
            lease: LeaseID(try SecureRandom.uuid()), role: role, verifier: verifier,
            groups: groups ?? [environment.group], ttl: try TTL(seconds: ttl),
            connectionLimit: connectionLimit,
            settings: settings,
            requester: requester, reason: reason)
        return Made(order: order, password: password.makeReplyString())
    }

    @discardableResult
    package func issue(_ made: Made) async throws -> IssuedRole {
        try await #require(engine.issue([made.order]).first).get()
    }

    package func revoke(_ made: Made) async throws -> RevokeOutcome {
        try #require(await engine.revoke([made.reference], .full).first)
    }

    /// Ends a lease, of which nothing worth remarking is left.
    package func expectGone(
        _ made: Made, sessionsEnded: Int = 0, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let outcome = try await revoke(made)
        #expect(outcome == .gone(sessionsEnded: sessionsEnded), sourceLocation: sourceLocation)
    }

    // MARK: The life of a lease

    package func aLeaseGivesItsScopeAndNothingElseUntilItIsGone() async throws {
        let made = try order(iterations: 4096, settings: environment.settings)
        let issued = try await issue(made)
        #expect(abs(issued.validUntil.timeIntervalSinceNow - 600) < 60)

        let session = try await environment.logIn(made.order.role, password: made.password)
        try await session.run("SELECT count(*) FROM customers")
        await #expect(throws: (any Error).self) { try await session.run("SELECT count(*) FROM secrets") }
        await session.end()

        let later = try await #require(
            engine.renew([RenewOrder(lease: made.order.lease, ttl: try TTL(seconds: 1200))]).first
        ).get()
        #expect(later > issued.validUntil.addingTimeInterval(500))

        guard case .gone = try await revoke(made) else {
            Issue.record("not gone")
            return
        }
        #expect(try await !environment.roleExists(made.order.role.rawValue))
        await #expect(throws: (any Error).self) {
            try await environment.logIn(made.order.role, password: made.password)
        }
    }

    package func aRenewalNeverShortensALease() async throws {
        let made = try order(ttl: 3000)
        let issued = try await issue(made)
        let renewed = try await #require(
            engine.renew([RenewOrder(lease: made.order.lease, ttl: try TTL(seconds: 60))]).first
        ).get()
        #expect(renewed >= issued.validUntil)
        _ = try await revoke(made)
    }

    package func aLiveSessionIsCut() async throws {
        let made = try order()
        try await issue(made)
        let session = try await environment.logIn(made.order.role, password: made.password)
        try await session.run("SELECT 1")
        try await expectGone(made, sessionsEnded: 1)
        await #expect(throws: (any Error).self) { try await session.run("SELECT 1") }
    }

    package func aWrongPasswordIsRefused() async throws {
        let made = try order()
        try await issue(made)
        await #expect(throws: (any Error).self) {
            try await environment.logIn(made.order.role, password: "wrong")
        }
        _ = try await revoke(made)
    }

    package func aPasswordIsReplacedOnlyBeforeItWasUsed() async throws {
        let made = try order()
        try await issue(made)
        let other = try order()
        try await engine.replaceVerifier(made.order.lease, with: other.order.verifier).get()
        await #expect(throws: (any Error).self) {
            try await environment.logIn(made.order.role, password: made.password)
        }
        let session = try await environment.logIn(made.order.role, password: other.password)
        guard
            case .failure(let failure) = await engine.replaceVerifier(
                made.order.lease, with: made.order.verifier)
        else {
            Issue.record("a used password was replaced")
            return
        }
        #expect(failure.kind == .refusedByGuard)
        await session.end()
        _ = try await revoke(made)
    }

    package func everythingMayBeRepeated() async throws {
        let made = try order()
        let first = try await issue(made)
        let second = try await issue(made)
        #expect(first == second)
        guard case .gone = try await revoke(made), case .gone(sessionsEnded: 0, _) = try await revoke(made)
        else {
            Issue.record("not gone")
            return
        }
        // A lease whose role was never made is as gone as it can be.
        #expect(try await revoke(try order()) == .gone(sessionsEnded: 0))
    }

    package func aCallOfACancelledTaskIsCarriedOut() async throws {
        let made = try order(iterations: 4096)
        let engine = engine
        let task = Task { await engine.issue([made.order]) }
        task.cancel()
        let answer = try #require(await task.value.first)
        #expect(throws: Never.self) { try answer.get() }
        #expect(try await environment.roleExists(made.order.role.rawValue))
        _ = try await revoke(made)
    }
}
