/// Who may call a route. Part of the route table: the dispatcher lets nobody unknown through to a handler, and the
/// broker looks whose the lease is.
public enum Access: String, Sendable, CaseIterable {
    /// Whoever reaches the socket.
    case anyone
    /// Whoever the kernel names: every identified caller.
    case identified
    /// Auditors and administrators.
    case auditor
    /// Administrators.
    case administrator
    /// The requester alone; to others it does not exist.
    case own
    /// The requester for their own; auditors and administrators for all.
    case ownOrAuditor = "own_or_auditor"
    /// The requester for their own, whoever has a say in it, auditors and administrators for all.
    case concerned
    /// Those whose approval is asked for; whether it counts, the broker looks.
    case approver
    /// Those who may review break-glass, never whoever broke it; whether their verdict counts, the broker looks.
    case reviewer
    /// The requester for their own; administrators for all.
    case ownOrAdministrator = "own_or_administrator"
}
