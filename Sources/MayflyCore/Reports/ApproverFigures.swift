package import Foundation

/// How much and how fast somebody decides.
///
/// Of those who approve nearly all that comes, each within seconds, it may be asked whether they read it.
package struct ApproverFigures: Hashable, Sendable {
    /// Faster than that is told apart, in seconds: nobody has read a reason, its ticket and the privileges by then.
    package static let quick: TimeInterval = 30

    /// Nil for everybody together.
    package let person: Person?
    /// The names that they voted under.
    package let users: [String]
    package let approved: Int
    package let denied: Int
    /// Of those, what authorities attested: how long that took is not known.
    package let attested: Int
    /// From the moment when a step began to wait for them.
    package let waits: Distribution

    package var decided: Int { approved + denied }
    /// How many took less than `quick`.
    package var quickly: Int { waits.count(below: Self.quick) }
    /// Of a hundred, rounded; nil where no time is known.
    package var quickPercent: Int? { Self.percent(quickly, of: waits.count) }
    package var deniedPercent: Int? { Self.percent(denied, of: decided) }

    private init(_ person: Person?, _ votes: [TimedVote]) {
        self.person = person
        users = Set(votes.map(\.vote.identity.user)).sorted()
        approved = votes.count { $0.vote.verdict == .approve }
        denied = votes.count { $0.vote.verdict == .deny }
        attested = votes.count { $0.vote.authority != nil }
        waits = Distribution(votes.compactMap(\.seconds))
    }

    /// - Returns: each, those who decided most first, and all together.
    package static func all(_ votes: [TimedVote]) -> (each: [ApproverFigures], together: ApproverFigures) {
        let byPerson = Dictionary(grouping: votes) { $0.vote.person }
        var each: [ApproverFigures] = []
        for (person, theirs) in byPerson { each.append(ApproverFigures(person, theirs)) }
        each.sort { $0.comes(before: $1) }
        return (each, ApproverFigures(nil, votes))
    }

    private func comes(before other: ApproverFigures) -> Bool {
        if decided != other.decided { return decided > other.decided }
        return (person?.rawValue ?? "") < (other.person?.rawValue ?? "")
    }

    private static func percent(_ part: Int, of all: Int) -> Int? {
        all == 0 ? nil : Int((Double(part) * 100 / Double(all)).rounded())
    }
}
