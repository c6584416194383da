/// A problem document (RFC 9457): what every reply that is not a success carries.
///
/// ```swift
/// Problem(.ttlAboveMaximum, detail: "at most 1h", field: "ttl_seconds", members: ["maximum_ttl_seconds": 3600])
/// ```
public struct Problem: WireObject {
    /// A URI for the kind of problem, made of the code.
    public var type: String
    /// The kind in words, the same for every problem of this code.
    public var title: String
    public var status: Int
    /// This problem in words, safe to show to the caller.
    public var detail: String
    /// The call's id, as in the daemon's log.
    public var instance: String?
    public var code: ProblemCode
    /// The member of the body, or the parameter, that is wrong.
    public var field: String?
    /// What the caller can do.
    public var hint: String?
    /// Members that belong to the code, such as `maximum_ttl_seconds`; flat in the JSON.
    public var members: [String: ProblemMember]

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case type, title, status, detail, instance, code, field, hint
    }

    /// A problem of a known code, with the table's status and title.
    public init(
        _ code: ProblemCode, detail: String, instance: String? = nil, field: String? = nil,
        hint: String? = nil,
        members: [String: ProblemMember] = [:]
    ) {
        type = "urn:mayfly:problem:\(code)"
        title = code.entry?.title ?? code.rawValue
        status = code.status
        self.detail = detail
        self.instance = instance
        self.code = code
        self.field = field
        self.hint = hint
        self.members = members
    }
}
