/// The time over which is measured: what ends within it counts, a little warming up before it does not.
struct Window: Sendable {
    let begins: ContinuousClock.Instant
    let ends: ContinuousClock.Instant

    init(seconds: Double, warmingUp: Double = 0.3) {
        begins = .now + .seconds(warmingUp)
        ends = begins + .seconds(seconds)
    }

    var isOver: Bool { .now >= ends }
    var seconds: Double { begins.duration(to: ends) / .seconds(1) }

    /// How long something took that began at `start` and ends now; nil when it does not count.
    func lap(since start: ContinuousClock.Instant) -> Double? {
        let now = ContinuousClock.now
        return now >= begins && now <= ends ? start.duration(to: now) / .seconds(1) : nil
    }
}
