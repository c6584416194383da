package import Foundation

/// A stop to new leases, on everything or a part.
///
///     in force ─▶ ended
///
/// In force from the commit that records it to the commit that records its end: the clock alone ends nothing, so that
/// no lease is on record between a lockdown and its end, whatever the clock does. Several may be in force at once.
/// It beats everything: what a rule gives at once, what people approved, and break-glass.
package struct Lockdown: Hashable, Sendable {
    /// How it ended.
    package struct Ending: Hashable, Sendable, Codable {
        package enum Cause: String, Hashable, Sendable, Codable {
            /// By an administrator.
            case off
            /// Its time was over.
            case time
        }

        package let cause: Cause
        package let at: Date
        /// Nil when its time was over.
        package let by: Lease.Requester?
        package let reason: Reason?

        /// Its time was over.
        package static func time(at now: Date) -> Ending {
            Ending(cause: .time, at: now, by: nil, reason: nil)
        }

        package static func off(by administrator: Lease.Requester, reason: Reason, at now: Date) -> Ending {
            Ending(cause: .off, at: now, by: administrator, reason: reason)
        }
    }

    package let id: LockdownID
    package let scope: Scope
    package let reason: Reason
    package let by: Lease.Requester
    package let since: Date
    /// It ends by itself once it is this late; nil for one that somebody ends.
    package let until: Date?
    /// What was out in its scope was revoked with it.
    package let revokes: Bool
    package private(set) var ending: Ending?

    package init(
        id: LockdownID = LockdownID(), scope: Scope, reason: Reason, by: Lease.Requester, since: Date,
        until: Date?, revokes: Bool, ending: Ending? = nil
    ) {
        self.id = id
        self.scope = scope
        self.reason = reason
        self.by = by
        self.since = since
        self.until = until
        self.revokes = revokes
        self.ending = ending
    }

    package var isInForce: Bool { ending == nil }

    /// The one thing that can happen to it. Not before its time by the clock, and once.
    package mutating func end(_ ending: Ending) -> Lease.Change {
        guard self.ending == nil else { return .already }
        if ending.cause == .time {
            guard let until, ending.at >= until else { return .impossible }
        }
        self.ending = ending
        return .changed
    }

    /// What is said to somebody whom it stops. Who put it in force is for auditors.
    package func refusal(now: Date) -> Refusal {
        var text = "there is a lockdown on \(scope) since \(AuditEncoding.timestamp(since))"
        var refusal = Refusal(
            .lockdown, "", hint: "an administrator ends it; `mayfly lockdown` shows whether it is in force")
        if let until {
            text += " until \(AuditEncoding.timestamp(until))"
            refusal.hint = "it ends by itself; `mayfly lockdown` shows whether it is in force"
            refusal.figures["retry_after_seconds"] = max(1, Int(until.timeIntervalSince(now).rounded(.up)))
        }
        refusal.message = "\(text): \(reason.rawValue)"
        return refusal
    }
}

extension Sequence<Lockdown> {
    /// The one in force that stops this the longest; nil when none does.
    package func stopping(_ subject: Lockdown.Subject) -> Lockdown? {
        filter { $0.isInForce && $0.scope.covers(subject) }
            .max { ($0.until ?? .distantFuture) < ($1.until ?? .distantFuture) }
    }
}
