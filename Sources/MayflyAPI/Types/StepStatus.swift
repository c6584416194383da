public import Foundation

/// One step of an approval.
public struct StepStatus: WireObject {
    /// The step's name in the rule.
    public var name: String
    /// How far it is.
    public var state: StepState
    /// Who may approve it by now, escalations included.
    public var approvers: [String]
    /// How many distinct people have to.
    public var count: Int
    /// How many did.
    public var approved: Int
    /// Whether each of them needs a second factor.
    public var mfa: Bool
    /// When more approvers are added, if it waits until then.
    public var escalatesAt: Date?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case name
        case state
        case approvers
        case count
        case approved
        case mfa
        case escalatesAt = "escalates_at"
    }

    public init(
        name: String, state: StepState, approvers: [String], count: Int, approved: Int, mfa: Bool,
        escalatesAt: Date? = nil
    ) {
        self.name = name
        self.state = state
        self.approvers = approvers
        self.count = count
        self.approved = approved
        self.mfa = mfa
        self.escalatesAt = escalatesAt
    }
}
