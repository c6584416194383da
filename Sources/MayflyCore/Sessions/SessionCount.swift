/// How many sessions of a lease are known.
package struct SessionCount: Hashable, Sendable {
    /// On record one by one.
    package var listed: Int
    /// Counted only (`SessionsLeftOut`).
    package var leftOut: Int

    package init(listed: Int = 0, leftOut: Int = 0) {
        self.listed = listed
        self.leftOut = leftOut
    }

    package var all: Int { listed + leftOut }
}
