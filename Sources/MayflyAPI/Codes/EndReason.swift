/// Why a lease ended, or is ending.
///
/// Open: a newer daemon may send a value that is not listed here.
public struct EndReason: OpenCode {
    public let rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// Its time was over.
    public static let expired = EndReason(rawValue: "expired")
    /// Somebody revoked it.
    public static let revoked = EndReason(rawValue: "revoked")
    /// It could not be created.
    public static let failed = EndReason(rawValue: "failed")
    /// Its login role was gone from the server.
    public static let vanished = EndReason(rawValue: "vanished")

    public static var known: [Self] { [.expired, .revoked, .failed, .vanished] }
}
