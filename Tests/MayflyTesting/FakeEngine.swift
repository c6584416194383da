package import Foundation
package import MayflyCore
import Synchronization

/// An engine whose server is a dictionary, for tests of what stands above the port. What a real server does is
/// tested on real servers.
package final class FakeEngine: DatabaseEngine {
    package struct Role: Sendable {
        package var reference: RoleReference
        package var verifier: Verifier
        package var validUntil: Date
        package var alterations: [RoleAlteration] = []
        package var requester: String?
        package var sessions = 0
        /// Renamed or commented otherwise: no longer as the register has it.
        package var isForeign = false

        package init(reference: RoleReference, verifier: Verifier, validUntil: Date) {
            self.reference = reference
            self.verifier = verifier
            self.validUntil = validUntil
        }
    }

    private struct State {
        var roles: [LeaseID: Role] = [:]
        var strays: [String] = []
        var batches: [Int] = []
        var failure: EngineFailure?
        var obstacle: Lease.Obstacle?
        var remarks = RevocationRemarks.none
        var takers: [LeaseID: String] = [:]
        var isHeld = false
        var held: [CheckedContinuation<Void, Never>] = []
        var verifiers = 0
        var verifierFailure: EngineFailure?
        var plans: [ProfileName: ProfilePlan] = [:]
        var narrows = false
        var narrowing: EngineFailure?
        var narrowed: [NarrowedScope] = []
        var privileges: [String]?
        var readings = 0
        var look: SessionLook?
        var told: Set<ToldSession> = []
        var statements: [LeaseID: Result<StatementReading, EngineFailure>] = [:]
        var statementCalls: [[LeaseID]] = []
        var endedSessions: [SessionKey] = []
    }

    private let state = Mutex(State())
    private let now: @Sendable () -> Date

    package init(now: @escaping @Sendable () -> Date) { self.now = now }

    /// The roles that exist.
    package var existing: [LeaseID: Role] {
        get { state.withLock { $0.roles } }
        set { state.withLock { $0.roles = newValue } }
    }
    /// How many orders each `issue` had.
    package var batches: [Int] { state.withLock { $0.batches } }
    package var strays: [String] {
        get { state.withLock { $0.strays } }
        set { state.withLock { $0.strays = newValue } }
    }

    /// What `plan` says of a profile; one that is not here is in step.
    package var plans: [ProfileName: ProfilePlan] {
        get { state.withLock { $0.plans } }
        set { state.withLock { $0.plans = newValue } }
    }

    /// From now on every call fails like this; nil heals it.
    package func fail(with failure: EngineFailure?) { state.withLock { $0.failure = failure } }
    /// From now on a revocation locks and goes no further; nil heals it.
    package func refuseDrops(_ obstacle: Lease.Obstacle?) { state.withLock { $0.obstacle = obstacle } }

    /// What ending a role comes to besides.
    package func remark(_ remarks: RevocationRemarks) { state.withLock { $0.remarks = remarks } }
    /// Who was to take over what ended roles owned.
    package var takers: [LeaseID: String] { state.withLock { $0.takers } }

    /// Issues and fresh verifiers wait until `release()`.
    package func hold() { state.withLock { $0.isHeld = true } }
    package func release() {
        let held = state.withLock { state in
            state.isHeld = false
            defer { state.held = [] }
            return state.held
        }
        for waiter in held { waiter.resume() }
    }

    /// How many calls wait for that.
    package var waiting: Int { state.withLock { $0.held.count } }

    private func waitWhileHeld() async {
        guard state.withLock({ $0.isHeld }) else { return }
        await withCheckedContinuation { waiter in
            let released = state.withLock { state in
                if state.isHeld { state.held.append(waiter) }
                return !state.isHeld
            }
            if released { waiter.resume() }
        }
    }

    /// From now on it can narrow; with a failure every narrowing meets that.
    package func narrow(failing failure: EngineFailure? = nil) {
        state.withLock { ($0.narrows, $0.narrowing) = (true, failure) }
    }
    package var narrows: Bool { state.withLock { $0.narrows } }
    /// What leases were narrowed to.
    package var narrowed: [NarrowedScope] { state.withLock { $0.narrowed } }

    package func preview(_ scope: NarrowedScope) async throws(EngineFailure) -> NarrowedPreview {
        if let failure = state.withLock({ $0.failure ?? $0.narrowing }) { throw failure }
        return NarrowedPreview(
            group: "mfn_fake", statements: ["GRANT"],
            privileges: .init(lines: scope.narrowing.wholeTables.map { "SELECT on table \($0)" }))
    }

    /// From now on it tells these privileges, whatever the groups; before it can tell none.
    package func tellPrivileges(_ lines: [String]) { state.withLock { $0.privileges = lines } }
    /// How often they were read.
    package var readings: Int { state.withLock { $0.readings } }

    package func effectivePrivileges(of groups: [String]) async throws(EngineFailure) -> EffectivePrivileges {
        let lines = state.withLock { state in
            if state.privileges != nil { state.readings += 1 }
            return state.privileges
        }
        guard let lines else { throw EngineFailure(.unreachable, "nothing is told") }
        return EffectivePrivileges(lines: lines)
    }

    /// What the next looks at its sessions find; before, it cannot tell.
    package func show(_ servers: [SeenServer]) { state.withLock { $0.look = SessionLook(servers: servers) } }
    /// The next look is told that these were ended on our word.
    package func tell(_ told: Set<ToldSession>) { state.withLock { $0.told = told } }
    /// Those that were ended singly.
    package var endedSessions: [SessionKey] { state.withLock { $0.endedSessions } }

    package func watchSessions() async throws(EngineFailure) -> SessionLook {
        let (failure, look) = state.withLock { state in
            defer { state.told = [] }
            var look = state.look
            look?.told = state.told
            return (state.failure, look)
        }
        if let failure { throw failure }
        guard let look else { throw EngineFailure(.invalid, code: "sessions", "no sessions are shown") }
        return look
    }

    /// What the next looks find on standbys too, which may not answer.
    package func show(_ look: SessionLook) { state.withLock { $0.look = look } }

    /// What is told of what leases ran; of others nothing.
    package var statements: [LeaseID: Result<StatementReading, EngineFailure>] {
        get { state.withLock { $0.statements } }
        set { state.withLock { $0.statements = newValue } }
    }
    /// Which leases each call asked for.
    package var statementCalls: [[LeaseID]] { state.withLock { $0.statementCalls } }

    package func statements(of leases: [LeaseID]) async throws(EngineFailure) -> StatementReadings {
        let (failure, told) = state.withLock { state in
            state.statementCalls.append(leases)
            return (state.failure, state.statements)
        }
        if let failure { throw failure }
        var readings = StatementReadings()
        for lease in leases {
            switch told[lease] {
            case .success(let reading)?: readings.readings.append(reading)
            case .failure(let failure)?: readings.failures[lease] = failure
            case nil: break
            }
        }
        return readings
    }

    package func endSession(
        _ key: SessionKey, of lease: LeaseID, seenAt _: Date
    ) async throws(EngineFailure) -> Bool {
        let failure = state.withLock { state in
            if state.failure == nil { state.endedSessions.append(key) }
            return state.failure
        }
        if let failure { throw failure }
        return state.withLock { state in
            let there = state.look?.servers.contains {
                $0.host == key.host && $0.sessions.contains { $0.number == key.number }
            }
            for index in state.look?.servers.indices ?? 0..<0 {
                state.look?.servers[index].sessions.removeAll { $0.number == key.number }
            }
            return there ?? false
        }
    }

    /// How many verifiers were computed.
    package var verifiers: Int { state.withLock { $0.verifiers } }
    /// From now on no verifier can be computed; nil heals it.
    package func failVerifiers(with failure: EngineFailure?) {
        state.withLock { $0.verifierFailure = failure }
    }

    package func verifier(
        for password: UnsafeRawBufferPointer, iterations: Int
    ) throws(EngineFailure) -> Verifier {
        let (number, failure) = state.withLock { state in
            state.verifiers += 1
            return (state.verifiers, state.verifierFailure)
        }
        if let failure { throw failure }
        return Verifier("fake:\(iterations):\(password.count):\(number)")
    }

    package func issue(_ orders: [RoleOrder]) async -> [Result<IssuedRole, EngineFailure>] {
        state.withLock { $0.batches.append(orders.count) }
        await waitWhileHeld()
        let now = now()
        return state.withLock { state in
            orders.map { order in
                if let failure = state.failure { return .failure(failure) }
                let scope = NarrowedScope(of: order.groups, to: order.narrowing)
                if scope != nil, let failure = state.narrowing { return .failure(failure) }
                if let scope { state.narrowed.append(scope) }
                let until = now.addingTimeInterval(TimeInterval(order.ttl.seconds))
                state.roles[order.lease] = Role(
                    reference: RoleReference(lease: order.lease, role: order.role), verifier: order.verifier,
                    validUntil: until)
                return .success(
                    IssuedRole(
                        oid: 16_384 + UInt32(state.roles.count), validUntil: until,
                        narrowedGroup: scope.map { _ in "mfn_fake" }))
            }
        }
    }

    package func renew(_ orders: [RenewOrder]) async -> [Result<Date, EngineFailure>] {
        let now = now()
        return state.withLock { state in
            orders.map { order in
                if let failure = state.failure { return .failure(failure) }
                guard var role = state.roles[order.lease] else {
                    return .failure(EngineFailure(.refusedByGuard, code: "MF004", "no such role"))
                }
                role.validUntil = max(
                    role.validUntil, now.addingTimeInterval(TimeInterval(order.ttl.seconds)))
                state.roles[order.lease] = role
                return .success(role.validUntil)
            }
        }
    }

    package func replaceVerifier(_ lease: LeaseID, with verifier: Verifier) async -> Result<
        Void, EngineFailure
    > {
        await waitWhileHeld()
        return state.withLock { state in
            if let failure = state.failure { return .failure(failure) }
            guard state.roles[lease] != nil else {
                return .failure(EngineFailure(.refusedByGuard, code: "MF004", "no such role"))
            }
            state.roles[lease]?.verifier = verifier
            return .success(())
        }
    }

    package func revoke(_ roles: [RoleReference], _ patience: Patience) async -> [RevokeOutcome] {
        state.withLock { state in
            roles.map { role in
                if let failure = state.failure { return .failed(failure) }
                if let obstacle = state.obstacle, state.roles[role.lease] != nil { return .locked(obstacle) }
                state.roles[role.lease] = nil
                state.takers[role.lease] = role.taker
                return .gone(sessionsEnded: 0, state.remarks)
            }
        }
    }

    package func roles(withOwned: Bool) async throws(EngineFailure) -> [RoleStanding] {
        let now = now()
        if let failure = state.withLock({ $0.failure }) { throw failure }
        return state.withLock { state in
            state.roles.values.map { role in
                RoleStanding(
                    standing: role.isForeign ? .stray : .live, lease: role.reference.lease,
                    role: role.reference.role.rawValue, requester: role.requester,
                    validUntil: role.validUntil, isOverdue: role.validUntil <= now, canLogIn: true,
                    alterations: role.alterations, sessions: role.sessions, isUsed: role.sessions > 0,
                    owned: withOwned ? .init(objects: 0, bytes: 0) : nil)
            }
                + state.strays.map { name in
                    RoleStanding(
                        standing: .stray, lease: nil, role: name, requester: nil, validUntil: nil,
                        isOverdue: false, canLogIn: true)
                }
        }
    }

    package func find(_ subject: RoleSubject) async throws(EngineFailure) -> FoundRole? {
        let name =
            switch subject {
            case .role(let name): name
            case .session(let number): "\(number)"
            }
        guard let standing = try await roles().first(where: { $0.role == name }) else { return nil }
        return FoundRole(role: name, standing: standing)
    }

    package func endLateSessions(_ roles: [RoleReference]) async throws(EngineFailure) -> Int { 0 }

    package func plan(_ profiles: [Profile]) async throws(EngineFailure) -> ScopePlan {
        let (failure, plans) = state.withLock { ($0.failure, $0.plans) }
        if let failure { throw failure }
        return ScopePlan(
            database: profiles.first?.database ?? DatabaseName(unchecked: "fake"),
            profiles: profiles.filter { $0.scope != nil }.map {
                plans[$0.name] ?? ProfilePlan(profile: $0.name, group: $0.group ?? "")
            })
    }

    package func privileges(of groups: [String]) async throws(EngineFailure) -> [String] {
        groups.map { "SELECT on table public.\($0)" }
    }

    package func health() async -> EngineHealth {
        let failure = state.withLock { $0.failure }
        return EngineHealth(
            reachable: failure == nil || failure?.kind == .guardUnusable, serverVersion: "fake",
            guardVersion: 1, failure: failure)
    }

    package func preflight(profiles: [Profile]) async -> [Finding] { [] }
    package func probe(_ profile: Profile) async -> [Finding] { [] }
    package func close() async {}
}
