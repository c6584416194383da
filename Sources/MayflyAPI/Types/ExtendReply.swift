/// The answer to an extension.
public struct ExtendReply: WireObject {
    /// The request as recorded: `pending` while people decide.
    public var request: AccessRequest
    /// The lease with its new end, when that was decided at once.
    public var lease: Lease?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case request
        case lease
    }

    public init(request: AccessRequest, lease: Lease? = nil) {
        self.request = request
        self.lease = lease
    }
}
