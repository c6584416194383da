public import Foundation

/// How a target of notifications, or an exporter of the audit log, is.
public struct NotificationTargetStatus: WireObject {
    /// The configuration's name.
    public var name: String
    /// `webhook` or `command`; of exporters `file`, `syslog` or `webhook`.
    public var kind: String
    /// The last audit record that is dealt with.
    public var deliveredUpTo: Int64
    /// Audit records that it has not been told of, or looked at, yet.
    public var lag: Int64
    /// When what waits to be delivered happened.
    public var waitingSince: Date?
    /// Attempts that failed since the daemon started.
    public var failures: Int
    /// Since when every attempt fails; absent while it works.
    public var failingSince: Date?
    /// What the last failed attempt met.
    public var lastFailure: String?
    /// When it is tried again.
    public var nextAttemptAt: Date?
    /// When it last took one, since the daemon started.
    public var lastDeliveredAt: Date?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case name
        case kind
        case deliveredUpTo = "delivered_up_to"
        case lag
        case waitingSince = "waiting_since"
        case failures
        case failingSince = "failing_since"
        case lastFailure = "last_failure"
        case nextAttemptAt = "next_attempt_at"
        case lastDeliveredAt = "last_delivered_at"
    }

    public init(
        name: String, kind: String, deliveredUpTo: Int64, lag: Int64, waitingSince: Date? = nil,
        failures: Int, failingSince: Date? = nil, lastFailure: String? = nil, nextAttemptAt: Date? = nil,
        lastDeliveredAt: Date? = nil
    ) {
        self.name = name
        self.kind = kind
        self.deliveredUpTo = deliveredUpTo
        self.lag = lag
        self.waitingSince = waitingSince
        self.failures = failures
        self.failingSince = failingSince
        self.lastFailure = lastFailure
        self.nextAttemptAt = nextAttemptAt
        self.lastDeliveredAt = lastDeliveredAt
    }
}
