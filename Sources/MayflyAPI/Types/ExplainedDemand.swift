/// Something that the deciding rule demands of a request.
public struct ExplainedDemand: WireObject {
    /// What: `reason`, `ticket` or `mfa`.
    public var kind: String
    /// What exactly, in words.
    public var text: String
    /// Whether the request brings it.
    public var met: Bool

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case kind
        case text
        case met
    }

    public init(kind: String, text: String, met: Bool) {
        self.kind = kind
        self.text = text
        self.met = met
    }
}
