package import Foundation

/// Percentiles by the nearest rank: the smallest value that at least so many of a hundred do not exceed. Every figure is
/// one that occurred.
package struct Distribution: Hashable, Sendable {
    private let sorted: [TimeInterval]

    package init(_ values: some Sequence<TimeInterval>) { sorted = values.sorted() }

    package var count: Int { sorted.count }

    /// - Parameter percent: 1 to 100.
    package func percentile(_ percent: Int) -> TimeInterval? {
        guard !sorted.isEmpty else { return nil }
        let rank = (sorted.count * min(max(percent, 1), 100) + 99) / 100
        return sorted[rank - 1]
    }

    package var median: TimeInterval? { percentile(50) }

    package func count(below limit: TimeInterval) -> Int { sorted.count { $0 < limit } }
}
