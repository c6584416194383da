/// What a review will be, once the break-glass lease is issued.
package struct ReviewDuty: Hashable, Sendable {
    package let terms: ReviewTerms
    /// The rule that gave it.
    package let rule: String
    /// Who broke the glass.
    package let identity: Identity

    package init(_ terms: ReviewTerms, rule: String, identity: Identity) {
        self.terms = terms
        self.rule = rule
        self.identity = identity
    }
}
