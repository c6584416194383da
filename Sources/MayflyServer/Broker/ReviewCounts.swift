/// Reviews that wait.
package struct ReviewCounts: Hashable, Sendable {
    /// In time.
    package var open: Int
    package var overdue: Int

    package init(open: Int, overdue: Int) {
        self.open = open
        self.overdue = overdue
    }
}
