import Foundation

/// When a lease that is in use is to be renewed, and when its user is to be warned of its end. Knows no clock.
struct LeaseSchedule {
    enum Step: Equatable {
        /// Nothing to do before then.
        case wait(until: Date)
        case renew(ttlSeconds: Int)
        /// It ends then, and nothing can be done about it.
        case warn(end: Date)
        case over
    }

    /// How long before the end there is a warning, in seconds: where the whole term is at least twice that.
    static let warnings: [TimeInterval] = [300, 60, 10]

    private let term: TimeInterval
    private var expires: Date
    private var latest: Date
    private var renewAt: Date
    private var isFailing = false
    private var pending: [TimeInterval]

    /// - Parameters:
    ///   - term: for how long a renewal asks.
    ///   - latest: until when it can be renewed at most.
    init(now: Date, term: TimeInterval, expires: Date, latest: Date) {
        self.term = max(1, term)
        self.expires = expires
        self.latest = latest
        renewAt = now.addingTimeInterval(expires.timeIntervalSince(now) / 2)
        pending = Self.warnings.filter { max(expires, latest).timeIntervalSince(now) >= 2 * $0 }
    }

    /// The end as far as it can be foreseen.
    private var end: Date { canRenew && !isFailing ? latest : expires }

    /// A second is the smallest that can be asked for.
    private var canRenew: Bool { latest.timeIntervalSince(expires) >= 1 }

    mutating func next(_ now: Date) -> Step {
        guard now < expires else { return .over }
        if let threshold = pending.first, end.timeIntervalSince(now) <= threshold {
            // What has gone by at once is said once.
            let end = end
            pending.removeAll { end.timeIntervalSince(now) <= $0 }
            return .warn(end: end)
        }
        if canRenew, now >= renewAt {
            return .renew(ttlSeconds: max(1, Int(min(term, latest.timeIntervalSince(now)))))
        }
        let moments = [expires, canRenew ? renewAt : expires] + pending.map { end.addingTimeInterval(-$0) }
        return .wait(until: moments.filter { $0 > now }.min() ?? expires)
    }

    /// The lease as it stands: after a renewal, by us or by somebody else.
    mutating func update(now: Date, expires: Date, latest: Date) {
        isFailing = false
        self.expires = expires
        self.latest = latest
        renewAt = now.addingTimeInterval(expires.timeIntervalSince(now) / 2)
    }

    /// A renewal did not succeed: tried again, more often towards the end.
    mutating func failed(now: Date) {
        isFailing = true
        renewAt = now.addingTimeInterval(min(30, max(0.5, expires.timeIntervalSince(now) / 4)))
    }
}
