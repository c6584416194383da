package import Foundation

/// The wait before the next attempt at something that must be done in the end: doubling from `first`, never
/// more than `most`, for ever.
package struct Backoff: Sendable, Equatable {
    package var first: TimeInterval
    package var most: TimeInterval

    package init(first: TimeInterval = 1, most: TimeInterval = 60) {
        self.first = first
        self.most = most
    }

    /// - Parameter attempt: how many attempts have failed, 1 or more.
    package func delay(after attempt: Int) -> TimeInterval {
        min(most, first * pow(2, Double(min(max(attempt, 1), 30) - 1)))
    }
}
