/// One step of the approval that a request would need.
public struct ExplainedStep: WireObject {
    /// The step's name.
    public var name: String
    /// Who may approve it.
    public var approvers: [String]
    /// How many distinct people it takes.
    public var count: Int
    /// Whether each of them proves a second factor.
    public var mfa: Bool
    /// Who is added when it waits.
    public var escalations: [ExplainedEscalation]

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case name
        case approvers
        case count
        case mfa
        case escalations
    }

    public init(
        name: String, approvers: [String], count: Int, mfa: Bool, escalations: [ExplainedEscalation]
    ) {
        self.name = name
        self.approvers = approvers
        self.count = count
        self.mfa = mfa
        self.escalations = escalations
    }
}
