/// Oldest first after the number `after`; with `newest` the last `limit` ones, still oldest first.
package struct CheckpointQuery: Hashable, Sendable {
    package var after: Int64
    package var newest: Bool
    package var limit: Int

    package init(after: Int64 = 0, newest: Bool = false, limit: Int = 100) {
        self.after = after
        self.newest = newest
        self.limit = limit
    }
}
