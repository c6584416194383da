/// What was measured of many like things: how many a second, and how long one took.
struct Figures: Sendable, Codable {
    var perSecond: Double
    /// Milliseconds.
    var p50: Double
    var p99: Double
    var mean: Double
    var count: Int

    enum CodingKeys: String, CodingKey {
        case perSecond = "per_second"
        case p50 = "p50_ms"
        case p99 = "p99_ms"
        case mean = "mean_ms"
        case count
    }

    /// - Parameters:
    ///   - laps: how long each took, in seconds.
    ///   - time: over which all of them were done, in seconds.
    init(laps: [Double], over time: Double) {
        let sorted = laps.sorted()
        func quantile(_ share: Double) -> Double {
            sorted.isEmpty ? .nan : sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))] * 1000
        }
        perSecond = Double(laps.count) / time
        p50 = quantile(0.5)
        p99 = quantile(0.99)
        mean = laps.reduce(0, +) / Double(max(1, laps.count)) * 1000
        count = laps.count
    }

    /// The median of each figure over the rounds.
    init(median rounds: [Figures]) {
        perSecond = Self.median(rounds.map(\.perSecond))
        p50 = Self.median(rounds.map(\.p50))
        p99 = Self.median(rounds.map(\.p99))
        mean = Self.median(rounds.map(\.mean))
        count = rounds.reduce(0) { $0 + $1.count }
    }

    static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        guard !sorted.isEmpty else { return .nan }
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }
}
