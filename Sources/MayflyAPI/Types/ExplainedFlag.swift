/// Something unusual about a request.
public struct ExplainedFlag: WireObject {
    /// What, such as `first_request`.
    public var kind: String
    /// The figures it rests on.
    public var figures: [String: Int]

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case kind
        case figures
    }

    public init(kind: String, figures: [String: Int]) {
        self.kind = kind
        self.figures = figures
    }
}
