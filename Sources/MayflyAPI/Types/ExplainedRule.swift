/// One access rule, and what became of it for a request.
public struct ExplainedRule: WireObject {
    /// Its place among the rules, from 1.
    public var number: Int
    /// Its name. Left out for rules that name neither the one asked about nor are the caller's to see.
    public var name: String?
    /// Whether it decides.
    public var decides: Bool
    /// Why it decides, or not.
    public var why: String

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case number
        case name
        case decides
        case why
    }

    public init(number: Int, name: String? = nil, decides: Bool, why: String) {
        self.number = number
        self.name = name
        self.decides = decides
        self.why = why
    }
}
