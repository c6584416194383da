package import Foundation

extension AccessRequest {
    /// What a signed approval did.
    package enum Attested: Hashable, Sendable {
        /// So many of its approvers count.
        case counted(Int)
        /// Nothing was changed.
        case refused(VoteRefusal)
    }

    /// An approval authority says that these people approved. Each of them counts by the rules by which they count when
    /// they say so themselves, whatever the order in which it names them; those who don't, don't.
    /// - Parameters:
    ///   - inForce: as for `vote`.
    ///   - counted: called after each vote that counts, with the request as it is then.
    package mutating func attest(
        by identities: [Identity], authority: String, people: People, inForce: ApprovalTerms?, now: Date,
        counted: (Ballot, VoteOutcome, AccessRequest) -> Void
    ) -> Attested {
        let ballots = identities.map { Ballot(.approve, by: $0, authority: authority) }
        // An approval that the requester had a hand in is none.
        for ballot in ballots {
            var tried = self
            let outcome = tried.vote(ballot, people: people, inForce: inForce, now: now)
            if case .refused(let why) = outcome, why == .ownRequest || why == .authorityUnknown {
                return .refused(why)
            }
        }
        var rest = ballots
        var last: VoteRefusal = .notApprover
        var count = 0
        while state == .pending {
            var next: Int?
            for (index, ballot) in rest.enumerated() {
                switch vote(ballot, people: people, inForce: inForce, now: now) {
                case .refused(let why): last = why
                case .already: continue
                case let outcome:
                    counted(ballot, outcome, self)
                    next = index
                }
                if next != nil { break }
            }
            guard let next else { break }
            rest.remove(at: next)
            count += 1
        }
        return count > 0 ? .counted(count) : .refused(state == .pending ? last : .over(state))
    }
}
