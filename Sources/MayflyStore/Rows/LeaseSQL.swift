/// The statements that are run again and again, whose cost must not grow with the leases that have ended. A
/// test asks SQLite for the plan of each.
enum LeaseSQL {
    static let due = """
        SELECT \(LeaseRow.columns) FROM leases WHERE database = ? AND (attempts > 0) = ? AND due_at <= ?
        ORDER BY due_at, number LIMIT ?
        """
    static let nextDue =
        "SELECT min(due_at) FROM leases WHERE database = ? AND (attempts > 0) = ? AND due_at IS NOT NULL"
    static let live = "SELECT id, state FROM leases WHERE database = ? AND due_at IS NOT NULL"
    static let allLive =
        "SELECT \(LeaseRow.columns) FROM leases INDEXED BY leases_live WHERE due_at IS NOT NULL"
    /// A live lease that nobody works on.
    static let free = """
        SELECT \(LeaseRow.columns) FROM leases WHERE id = ? AND due_at IS NOT NULL
            AND (claim_until IS NULL OR claim_until <= ?)
        """
    static let forgetClaims = """
        UPDATE leases INDEXED BY leases_live SET claim_owner = NULL, claim_until = NULL
        WHERE due_at IS NOT NULL AND claim_owner = ?
        """
    /// What is overdue keeps its place before what is made due now.
    static let makeDue = """
        UPDATE leases INDEXED BY leases_live SET next_attempt_at = ?
        WHERE due_at IS NOT NULL AND state IN ('creating', 'revoking', 'locked')
            AND ifnull(next_attempt_at, ?) >= ?
        """
    /// As `Lease.isExpiring`.
    static let expiring = """
        SELECT \(LeaseRow.columns) FROM leases INDEXED BY leases_unwarned
        WHERE state = 'active' AND warned_of IS NOT expires_at AND expires_at > ? AND expires_at <= ?
            AND expires_at - created_at > ? AND (tethered = 0 OR expires_at >= ends_latest_at)
        ORDER BY expires_at LIMIT ?
        """
    /// With `isWhole` under the person's name, else of some of the identities under it.
    static func countOfPerson(isWhole: Bool) -> String {
        """
        SELECT count(*) FROM leases INDEXED BY leases_counted
        WHERE profile = ? AND person = ? AND state IN ('creating', 'active', 'locked')\(HistorySQL.only(isWhole))
        """
    }
    static let countInAll = """
        SELECT ifnull(sum(count), 0) FROM lease_counts
        WHERE profile = ? AND state IN ('creating', 'active', 'locked')
        """
}
