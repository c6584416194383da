/// Approvers who are added to a step that waits.
public struct ExplainedEscalation: WireObject {
    /// Seconds after the step began.
    public var afterSeconds: Int
    /// Who may approve then too.
    public var to: [String]

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case afterSeconds = "after_seconds"
        case to
    }

    public init(afterSeconds: Int, to: [String]) {
        self.afterSeconds = afterSeconds
        self.to = to
    }
}
