import Foundation
import MayflyCore
import MayflyCrypto
import SQLClients
import Synchronization

/// What is known of the roles of one database where no guard keeps a register (`mode: direct`): what this process
/// made, and, after a restart, what is on record in the state.
///
/// Also counts, as the guard would: issues per minute and live roles, for this process is the only one that issues.
final class DirectRegister: Sendable {
    struct Entry: Sendable {
        var reference: RoleReference
        var oid: UInt32?
        var requester: String
        var groups: [String]
        var revocationStatements: [String]
        /// Seconds since 1970, by the server's clock.
        var validUntil: Double?
        /// What is known only to the process that made the role.
        var making: Making?
    }

    struct Making: Sendable {
        var verifier: SHA256Digest
        /// Seconds since 1970, by the server's clock.
        var createdAt: Double
        var isComplete = false
        /// A session of it was seen.
        var isUsed = false
        /// Its role was dropped, or was found to be gone, then.
        var endedAt: ContinuousClock.Instant?
    }

    private struct State {
        var entries: [LeaseID: Entry] = [:]
        var onRecord: (any RoleRegister)?
        var minute: (began: ContinuousClock.Instant, issues: Int)?
        /// Roles being made now.
        var inHand = 0
    }

    /// For how long sessions of a role that is gone are looked for.
    private static let memory: Duration = .seconds(600)

    private let ceilings: DatabaseDefinition.Ceilings
    private let state = Mutex(State())

    init(ceilings: DatabaseDefinition.Ceilings) {
        self.ceilings = ceilings
    }

    func consult(_ register: any RoleRegister) { state.withLock { $0.onRecord = register } }

    // MARK: What is known

    /// What this process made.
    func made(_ lease: LeaseID) -> Entry? { state.withLock { $0.entries[lease] } }

    /// All that this process made and that has not ended.
    var living: [Entry] { state.withLock { $0.entries.values.filter { $0.making?.endedAt == nil } } }

    func entries(of leases: [LeaseID]) async throws(EngineFailure) -> [LeaseID: Entry] {
        let (own, onRecord) = state.withLock { ($0.entries, $0.onRecord) }
        var found: [LeaseID: Entry] = [:]
        for lease in leases { found[lease] = own[lease] }
        let missing = leases.filter { found[$0] == nil }
        guard !missing.isEmpty, let onRecord else { return found }
        for role in try await onRecord.registered(missing) {
            found[role.reference.lease] = Entry(role)
        }
        return found
    }

    /// By role, for names that the server has.
    func entries(of roles: [RoleName]) async throws(EngineFailure) -> [RoleName: Entry] {
        let (own, onRecord) = state.withLock { ($0.entries, $0.onRecord) }
        let byName = Dictionary(
            own.values.map { ($0.reference.role, $0) }, uniquingKeysWith: { first, _ in first })
        var found: [RoleName: Entry] = [:]
        for role in roles { found[role] = byName[role] }
        let missing = roles.filter { found[$0] == nil }
        guard !missing.isEmpty, let onRecord else { return found }
        for role in try await onRecord.registered(missing) { found[role.reference.role] = Entry(role) }
        return found
    }

    // MARK: What happens

    func begin(_ order: RoleOrder, createdAt: Double, validUntil: Double) throws(CryptoFailure) {
        let entry = Entry(
            reference: RoleReference(lease: order.lease, role: order.role), oid: nil,
            requester: order.requester, groups: order.groups,
            revocationStatements: order.revocationStatements, validUntil: validUntil,
            making: Making(verifier: try Self.digest(order.verifier), createdAt: createdAt))
        state.withLock { state in
            let old = ContinuousClock.now - Self.memory
            state.entries = state.entries.filter { $0.value.making?.endedAt.map { $0 > old } ?? true }
            state.entries[order.lease] = entry
        }
    }

    func complete(_ lease: LeaseID, oid: UInt32?, validUntil: Double) {
        change(lease) {
            $0.oid = oid
            $0.validUntil = validUntil
            $0.making?.isComplete = true
        }
    }

    /// Nothing was made after all.
    func forget(_ lease: LeaseID) { state.withLock { $0.entries[lease] = nil } }

    func moveEnd(_ lease: LeaseID, to validUntil: Double) { change(lease) { $0.validUntil = validUntil } }

    func replaceVerifier(_ lease: LeaseID, _ verifier: SHA256Digest) {
        change(lease) { $0.making?.verifier = verifier }
    }

    func markUsed(_ roles: Set<String>) {
        state.withLock { state in
            for (lease, entry) in state.entries where roles.contains(entry.reference.role.rawValue) {
                state.entries[lease]?.making?.isUsed = true
            }
        }
    }

    func end(_ lease: LeaseID) {
        change(lease) { if $0.making?.endedAt == nil { $0.making?.endedAt = .now } }
    }

    private func change(_ lease: LeaseID, _ change: (inout Entry) -> Void) {
        state.withLock { state in
            guard var entry = state.entries[lease] else { return }
            change(&entry)
            state.entries[lease] = entry
        }
    }

    static func digest(_ verifier: Verifier) throws(CryptoFailure) -> SHA256Digest {
        try SHA256Digest(hashing: Array(verifier.text.utf8))
    }

    // MARK: Ceilings

    /// Takes a place for a role that is about to be made; `giveBack` returns it, made or not.
    ///
    /// - Parameter live: how many the server has.
    /// - Returns: the guard's code and words when there is none.
    func takePlace(live: Int) -> (code: String, message: String)? {
        state.withLock { state in
            let now = ContinuousClock.now
            var minute = state.minute ?? (now, 0)
            if now - minute.began >= .seconds(60) { minute = (now, 0) }
            state.minute = minute
            if live + state.inHand >= ceilings.maxLive {
                return (GuardCode.tooManyLive?.code ?? "", "the ceiling of live roles is reached")
            }
            if minute.issues >= ceilings.maxIssuesPerMinute {
                return (GuardCode.tooManyIssues?.code ?? "", "the ceiling of issues per minute is reached")
            }
            state.minute = (minute.began, minute.issues + 1)
            state.inHand += 1
            return nil
        }
    }

    func giveBack(_ places: Int, made: Int) {
        state.withLock { state in
            state.inHand -= places
            if let minute = state.minute {
                state.minute = (minute.began, max(0, minute.issues - (places - made)))
            }
        }
    }
}

extension DirectRegister.Entry {
    init(_ role: RegisteredRole) {
        self.init(
            reference: role.reference, oid: role.oid, requester: role.requester, groups: role.groups,
            revocationStatements: role.revocationStatements,
            validUntil: role.validUntil?.timeIntervalSince1970, making: nil)
    }
}
