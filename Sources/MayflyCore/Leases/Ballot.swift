/// A vote before it is counted.
package struct Ballot: Hashable, Sendable {
    package var verdict: Vote.Verdict
    package var identity: Identity
    package var reason: Reason?
    package var authority: String?
    /// Whether they proved a second factor for it.
    package var isProven: Bool

    package init(
        _ verdict: Vote.Verdict, by identity: Identity, reason: Reason? = nil, authority: String? = nil,
        isProven: Bool = false
    ) {
        self.verdict = verdict
        self.identity = identity
        self.reason = reason
        self.authority = authority
        self.isProven = isProven
    }
}
