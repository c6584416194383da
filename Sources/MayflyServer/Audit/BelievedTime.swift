import Foundation

/// The time of day as far as it is believed: no further than what passed on a clock that nobody sets.
///
/// A clock that jumps ahead is followed only after it stood so for a day while we looked; one that goes back, at once.
struct BelievedTime: Hashable, Sendable {
    /// Ahead by less is what clocks do, and what a restart costs.
    private static let tolerance: TimeInterval = 3600
    private static let patience: TimeInterval = 86_400

    private(set) var at: Date
    private var uptime: Duration
    /// Seconds for which it was not believed.
    private var doubted: TimeInterval = 0
    /// When it was written down, by the clock on the wall.
    var savedAt: Date?

    init(at: Date, uptime: Duration) {
        self.at = at
        self.uptime = uptime
    }

    /// - Parameter uptime: what passed since some moment of this life.
    /// - Returns: whether the clock on the wall is ahead of what is believed.
    mutating func look(at now: Date, uptime: Duration) -> Bool {
        let passed = max(0, (uptime - self.uptime) / .seconds(1))
        self.uptime = uptime
        let expected = at.addingTimeInterval(passed)
        guard now > expected.addingTimeInterval(Self.tolerance) else {
            (at, doubted) = (now, 0)
            return false
        }
        doubted += passed
        guard doubted < Self.patience else {
            (at, doubted) = (now, 0)
            return false
        }
        at = expected
        return true
    }
}
