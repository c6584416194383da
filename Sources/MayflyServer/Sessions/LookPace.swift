package import Foundation

/// How long is rested after a look, by what looks cost. Pure.
///
/// Looking takes no more than a hundredth of the time, and a tenth while leases are being made, by the cheapest of the last few looks: one that had to connect first, or
/// waited for a busy machine, says nothing of the next. But it is never rested for longer than `longest`: nobody hides what they
/// do by making the server slow.
package struct LookPace: Hashable, Sendable {
    /// What a look costs is rested for so many times.
    private static let share: Double = 100
    private static let eagerShare: Double = 10
    /// In seconds.
    package static let longest: TimeInterval = 15
    private static let remembered = 5

    /// What the last looks took, in seconds.
    private var recent: [TimeInterval] = []

    package init() {}

    package mutating func looked(for duration: TimeInterval) {
        recent = recent.suffix(Self.remembered - 1) + [duration]
    }

    /// - Parameter isEager: a lease was made a moment ago; somebody is about to connect.
    /// - Returns: seconds.
    package func rest(isEager: Bool) -> TimeInterval {
        min((recent.min() ?? 0) * (isEager ? Self.eagerShare : Self.share), Self.longest)
    }
}
