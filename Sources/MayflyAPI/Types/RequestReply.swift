/// The answer to a request: what was decided, the lease, and its credential, once.
public struct RequestReply: WireObject {
    /// The request as recorded.
    public var request: AccessRequest
    /// The lease, when one was issued.
    public var lease: Lease?
    /// The credential. Only in the answer to the request that made it, never again.
    public var credential: Credential?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case request
        case lease
        case credential
    }

    public init(request: AccessRequest, lease: Lease? = nil, credential: Credential? = nil) {
        self.request = request
        self.lease = lease
        self.credential = credential
    }
}
