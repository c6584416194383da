/// Something unusual about a request. Informs approvers.
public struct RequestFlag: WireObject {
    /// What it is, such as `first_request` or `longer_than_usual`.
    public var kind: String
    /// The figures that it rests on.
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
