/// Newest first.
package struct LockdownQuery: Hashable, Sendable {
    /// Only those that are in force.
    package var inForce: Bool
    package var limit: Int

    package init(inForce: Bool = true, limit: Int = 10_000) {
        self.inForce = inForce
        self.limit = limit
    }
}
