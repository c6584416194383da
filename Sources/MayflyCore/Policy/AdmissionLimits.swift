package import Foundation

/// What requests can race for: looked at by the policy, and again by the store in the transaction that records the
/// request, so that two never both win the last place.
package struct AdmissionLimits: Hashable, Sendable, Codable {
    package var profile: ProfileName
    /// Live leases that may be found before a new one.
    package var quota: Quota
    /// The rule that decided, whose requests are counted.
    package var rule: String
    /// Nil for no limit, or where the request has been counted already.
    package var requestsPerHour: Int?
    /// Those that the profile is part of.
    package var conflicts: [Conflict]

    package init(
        profile: ProfileName, quota: Quota, rule: String = "", requestsPerHour: Int? = nil,
        conflicts: [Conflict] = []
    ) {
        self.profile = profile
        self.quota = quota
        self.rule = rule
        self.requestsPerHour = requestsPerHour
        self.conflicts = conflicts
    }

    /// What is left of them when a request that was counted is redeemed.
    package var ofRedemption: AdmissionLimits {
        var limits = self
        limits.requestsPerHour = nil
        return limits
    }

    /// The stricter of both, in everything.
    package func and(_ other: AdmissionLimits) -> AdmissionLimits {
        var limits = self
        limits.quota = quota.lowered(perPerson: other.quota.perPerson, total: other.quota.total)
        limits.conflicts += other.conflicts.filter { !conflicts.contains($0) }
        return limits
    }

    /// What has to be known to decide.
    package func history(of identities: Identities, at now: Date) -> HistoryQuery {
        HistoryQuery(
            identities, profile: profile, now: now, conflictsWithin: conflicts.map(\.within).max(),
            wantsRequestsInHour: requestsPerHour != nil)
    }

    /// - Parameter lease: whether a lease is to be made now; a request that waits for people takes no place yet, but
    ///   counts among the requests, and is not taken at all while it conflicts.
    /// - Returns: the refusal, when one more would be too many.
    package func refusal(_ history: History, now: Date, lease: Bool = true) -> Refusal? {
        conflict(history, now) ?? tooManyRequests(history)
            ?? (lease
                ? quota.refusal(
                    profile: profile,
                    ofPerson: history.held.reduce(0) {
                        $0 + ($1.profile == profile && $1.countsAsActive ? $1.count : 0)
                    },
                    inAll: history.activeInAll) : nil)
    }

    private func tooManyRequests(_ history: History) -> Refusal? {
        guard let limit = requestsPerHour else { return nil }
        let made = history.requestsInHour[rule] ?? 0
        guard made >= limit else { return nil }
        return Refusal(
            .tooManyRequests,
            "you made \(made) requests within an hour; rule \(rule.quoted()) takes \(limit)",
            field: "profile",
            hint: "wait, or renew a lease that you have", figures: ["maximum_requests_per_hour": limit])
    }

    private func conflict(_ history: History, _ now: Date) -> Refusal? {
        for conflict in conflicts where conflict.profiles.contains(profile) {
            let others = conflict.profiles.subtracting([profile])
            if let held = history.held.first(where: { others.contains($0.profile) }) {
                return Refusal(
                    .conflictingDuties,
                    "\(profile) and \(held.profile), which you hold, are not for one person at a time "
                        + "(\(conflict.name.quoted()))",
                    field: "profile",
                    hint: conflict.within == 0
                        ? "revoke the other lease first: `mayfly leases`"
                        : "it is given \(HumanDuration.text(seconds: conflict.within)) after the other has ended"
                )
            }
            // An end ahead of us (somebody set the clock back) is a recent one.
            let recent = others.compactMap { other in history.ended[other].map { (other, $0) } }
                .filter { now.timeIntervalSince($0.1) < TimeInterval(conflict.within) }
                .max { $0.1 < $1.1 }
            if let (other, end) = recent {
                let left = Int(
                    (TimeInterval(conflict.within) - max(0, now.timeIntervalSince(end))).rounded(.up))
                return Refusal(
                    .conflictingDuties,
                    "you held \(other) within the last \(HumanDuration.text(seconds: conflict.within)), after which "
                        + "\(profile) is not given (\(conflict.name.quoted()))",
                    field: "profile", hint: "ask again in \(HumanDuration.text(seconds: left))",
                    figures: ["retry_after_seconds": left])
            }
        }
        return nil
    }
}
