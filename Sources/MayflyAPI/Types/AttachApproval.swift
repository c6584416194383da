/// Hands in a signed approval for a request that waits.
public struct AttachApproval: WireRequest {
    /// A compact JWS of an approval authority. What it claims is in the README, with an example.
    public var approval: String

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case approval
    }

    public init(approval: String) { self.approval = approval }
}
