import MayflyCore

/// A batch of roles on their way out: what is known of each, and how it ended.
struct Revocation: Sendable {
    struct Member: Sendable {
        let reference: RoleReference
        /// Sessions that were told to end, on all servers.
        var sessionsEnded = 0
        /// The role was not in the catalogue any more when we came.
        var wasGone = false
        /// Its login is off.
        var isLocked = false
        /// What was met, as far as it is for the record.
        var remarks = RevocationRemarks.none
        /// Why nothing, or not all, of what the role owns was given on.
        var notGivenOn: String?
        /// Something of its own keeps it from being locked.
        var isHeld = false
        /// A standby that could not be asked: the role is dropped all the same, but this isn't over.
        var replicaFailure: EngineFailure?
        /// Set once nothing more is to be done in this attempt.
        var outcome: RevokeOutcome?
    }

    var members: [Member]

    init(_ roles: [RoleReference]) {
        members = roles.map { Member(reference: $0) }
    }

    /// The members that the next step is for.
    var open: [Int] { members.indices.filter { members[$0].outcome == nil } }

    func leases(_ indices: [Int]) -> [GuardMembers.Lease] {
        indices.map { GuardMembers.Lease(members[$0].reference.lease) }
    }

    mutating func fail(_ index: Int, _ failure: EngineFailure) {
        members[index].outcome = .failed(failure)
    }

    mutating func keepLocked(_ index: Int, _ obstacle: Lease.Obstacle) {
        var obstacle = obstacle
        if let reason = members[index].notGivenOn { obstacle.message += "; \(reason)" }
        if let found = members[index].remarks.found {
            obstacle.hanging.append("found on the role, and taken away: \(found)")
        }
        members[index].outcome = .locked(obstacle)
    }

    var outcomes: [RevokeOutcome] {
        members.map { member in
            if let outcome = member.outcome { return outcome }
            if let failure = member.replicaFailure { return .failed(failure) }
            return .gone(sessionsEnded: member.sessionsEnded, member.remarks)
        }
    }
}
