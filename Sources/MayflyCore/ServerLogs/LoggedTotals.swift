/// How much of a lease's lines is on record, and how much was left out. Bounded: whoever writes the log could fill the state.
package struct LoggedTotals: Hashable, Sendable {
    package static let mostLines = 100_000
    package static let mostBytes = 64 << 20
    /// For what is no statement, beyond those: a flood of statements hides no failed login.
    package static let mostOthers = 1000
    /// Of one lease, in one look.
    package static let mostAtOnce = 5000

    package var lines = 0
    package var bytes = 0
    package var leftOut = 0

    package init(lines: Int = 0, bytes: Int = 0, leftOut: Int = 0) {
        self.lines = lines
        self.bytes = bytes
        self.leftOut = leftOut
    }

    /// Counts one line.
    /// - Returns: whether it is to be kept.
    package mutating func admit(_ line: LoggedLine) -> Bool {
        let most = Self.mostLines + (line.what.isOfStatement ? 0 : Self.mostOthers)
        guard lines < most, bytes < Self.mostBytes || !line.what.isOfStatement else {
            leftOut += 1
            return false
        }
        lines += 1
        bytes += line.size
        return true
    }
}
