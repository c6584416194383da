package import Foundation

/// One lease with all that is on record about how it came to be, and what came of it.
package struct ReportedLease: Hashable, Sendable {
    package let lease: Lease
    package let request: AccessRequest
    /// For break-glass.
    package let review: Review?
    package let use: LeaseUse
    /// What is told is what was so then.
    package let asOf: Date

    package init(
        _ lease: Lease, _ request: AccessRequest, review: Review? = nil, use: LeaseUse = .unknown, asOf: Date
    ) {
        self.lease = lease
        self.request = request
        self.review = review
        self.use = use
        self.asOf = asOf
    }

    package var allowedBy: AllowedBy { AllowedBy(lease, request) }
    package var votes: [TimedVote] { TimedVote.all(request) }

    /// How long it was to live by what it was given in all, renewals and extensions included; in seconds.
    package var givenSeconds: Int { Self.seconds(from: lease.createdAt, to: lease.expiresAt) }

    /// How long it gave access until `asOf`: no longer than to its expiry, whenever its role was gone. In seconds.
    package var livedSeconds: Int {
        guard lease.state != .failed else { return 0 }
        return Self.seconds(
            from: lease.createdAt, to: min(lease.endedAt ?? asOf, lease.expiresAt, asOf))
    }

    /// Whether it gave access at `asOf`, or something of it was still in the server.
    package var isHeld: Bool {
        lease.state != .failed && lease.createdAt <= asOf && lease.endedAt.map { $0 > asOf } ?? true
    }

    /// How long its review took, in seconds; nil while it waits.
    package var reviewSeconds: Int? {
        review.flatMap { review in
            review.finding.map { Self.seconds(from: review.createdAt, to: $0.at) }
        }
    }

    /// That it is over and nobody was ever seen connected with it; nil when that is not known.
    package var isUnused: Bool? {
        // A session between two looks is seen by none, and what it ran is in the server's statistics.
        if use.statements ?? 0 > 0 { return false }
        guard let sessions = use.sessions else { return nil }
        return sessions == 0 && !isHeld
    }

    private static func seconds(from start: Date, to end: Date) -> Int {
        max(0, Int(end.timeIntervalSince(start).rounded()))
    }
}
