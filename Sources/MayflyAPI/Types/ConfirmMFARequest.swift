/// The first code of a new second factor.
public struct ConfirmMFARequest: WireRequest {
    /// Six digits.
    public var code: String

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case code
    }

    public init(code: String) {
        self.code = code
    }
}
