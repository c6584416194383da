/// One step of an approval: who may approve, and how many distinct people must.
package struct ApprovalStep: Hashable, Sendable, Codable {
    /// More approvers, when the step is not done some time after it began.
    package struct Escalation: Hashable, Sendable, Codable {
        /// Seconds since the step began.
        package var after: Int
        package var to: [Principal]

        package init(after: Int, to: [Principal]) {
            self.after = after
            self.to = to
        }
    }

    package var name: String
    package var approvers: [Principal]
    /// Distinct people.
    package var count: Int
    /// A vote counts with a second factor only.
    package var mfa: Bool
    package var escalations: [Escalation]

    package init(
        name: String, approvers: [Principal], count: Int = 1, mfa: Bool = false,
        escalations: [Escalation] = []
    ) {
        self.name = name
        self.approvers = approvers
        self.count = count
        self.mfa = mfa
        self.escalations = escalations
    }

    /// Everybody who may approve sooner or later.
    package var everyApprover: [Principal] { approvers + escalations.flatMap(\.to) }
}
