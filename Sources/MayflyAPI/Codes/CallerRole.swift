/// What a caller may do beyond using their own leases. Configured as `administrators` and `auditors`.
///
/// Open: a newer daemon may send a value that is not listed here.
public struct CallerRole: OpenCode {
    public let rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// May see everything and revoke any lease.
    public static let administrator = CallerRole(rawValue: "administrator")
    /// May see every lease, request and audit record.
    public static let auditor = CallerRole(rawValue: "auditor")

    public static var known: [Self] { [.administrator, .auditor] }
}
