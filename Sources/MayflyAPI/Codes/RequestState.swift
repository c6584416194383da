/// Where a request stands: `pending → approved → issued`, or one of the ends.
///
/// Open: a newer daemon may send a value that is not listed here.
public struct RequestState: OpenCode {
    public let rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// Waits for an approval.
    public static let pending = RequestState(rawValue: "pending")
    /// Allowed; the lease is being made, or could not be made.
    public static let approved = RequestState(rawValue: "approved")
    /// A lease was issued.
    public static let issued = RequestState(rawValue: "issued")
    /// Refused by policy or by a person.
    public static let denied = RequestState(rawValue: "denied")
    /// Taken back by the requester.
    public static let withdrawn = RequestState(rawValue: "withdrawn")
    /// Nobody decided in time.
    public static let expired = RequestState(rawValue: "expired")

    public static var known: [Self] { [.pending, .approved, .issued, .denied, .withdrawn, .expired] }
}
