/// What people and systems are told of.
///
/// Open: a newer daemon may send a value that is not listed here.
public struct NotificationKind: OpenCode {
    public let rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// Somebody asked.
    public static let requested = NotificationKind(rawValue: "requested")
    /// A step of a request begins: its approvers are asked.
    public static let approvalNeeded = NotificationKind(rawValue: "approval_needed")
    /// More approvers are asked.
    public static let escalated = NotificationKind(rawValue: "escalated")
    /// People agreed.
    public static let approved = NotificationKind(rawValue: "approved")
    /// Policy or a person said no.
    public static let denied = NotificationKind(rawValue: "denied")
    /// The requester took it back.
    public static let withdrawn = NotificationKind(rawValue: "withdrawn")
    /// Nobody decided in time, or nobody redeemed it.
    public static let requestExpired = NotificationKind(rawValue: "request_expired")
    /// A login role was made.
    public static let issued = NotificationKind(rawValue: "issued")
    /// A lease ends soon.
    public static let expiring = NotificationKind(rawValue: "expiring")
    /// A lease came to its end.
    public static let expired = NotificationKind(rawValue: "expired")
    /// A login role could not be ended yet.
    public static let revokeFailing = NotificationKind(rawValue: "revoke_failing")
    /// Somebody took access without approval.
    public static let breakGlass = NotificationKind(rawValue: "break_glass")
    /// Such access is to be looked at.
    public static let reviewDue = NotificationKind(rawValue: "review_due")
    /// Issuing was stopped, or goes on.
    public static let lockdown = NotificationKind(rawValue: "lockdown")
    /// Somebody altered a login role behind the daemon's back.
    public static let roleAltered = NotificationKind(rawValue: "role_altered")
    /// Roles that the daemon does not know wait for an administrator's decision, or no longer do.
    public static let safeMode = NotificationKind(rawValue: "safe_mode")
    /// A group role is not as its profile's grants say, or is again.
    public static let drift = NotificationKind(rawValue: "drift")
    /// Sent by hand.
    public static let test = NotificationKind(rawValue: "test")

    public static var known: [Self] {
        [
            .requested, .approvalNeeded, .escalated, .approved, .denied, .withdrawn, .requestExpired, .issued,
            .expiring, .expired, .revokeFailing, .breakGlass, .reviewDue, .lockdown, .roleAltered,
            .safeMode, .drift, .test,
        ]
    }
}
