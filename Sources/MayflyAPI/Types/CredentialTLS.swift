/// The TLS that a client should insist on.
public struct CredentialTLS: WireObject {
    /// How much to verify.
    public var mode: TLSMode
    /// The authority's certificate file, a path on the daemon's host.
    public var ca: String?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case mode
        case ca
    }

    public init(mode: TLSMode, ca: String? = nil) {
        self.mode = mode
        self.ca = ca
    }
}
