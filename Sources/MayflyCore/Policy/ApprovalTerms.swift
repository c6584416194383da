/// How a request is approved.
package struct ApprovalTerms: Hashable, Sendable, Codable {
    /// In their order.
    package var steps: [ApprovalStep]
    /// Seconds that a request waits for people.
    package var pendingFor: Int
    /// Seconds in which an approved request can be redeemed.
    package var redeemWithin: Int
    /// Whose signed approvals are honoured, by their names in the configuration.
    package var authorities: [String]

    package init(
        steps: [ApprovalStep], pendingFor: Int = 86_400, redeemWithin: Int = 3600, authorities: [String] = []
    ) {
        self.steps = steps
        self.pendingFor = pendingFor
        self.redeemWithin = redeemWithin
        self.authorities = authorities
    }

    /// These steps, then those that are others, in the shorter of the two times.
    package func followed(by other: ApprovalTerms) -> ApprovalTerms {
        ApprovalTerms(
            steps: steps + other.steps.filter { !steps.contains($0) },
            pendingFor: min(pendingFor, other.pendingFor),
            redeemWithin: min(redeemWithin, other.redeemWithin),
            authorities: authorities)
    }
}
