package import Foundation

/// How far one target of notifications is. Safe to show to auditors: no address is in it.
package struct TargetHealth: Sendable {
    package var name: String
    /// `webhook` or `command`.
    package var kind: String
    /// The last audit record that is dealt with.
    package var deliveredUpTo: Int64
    /// Records after that one.
    package var lag: Int64
    /// The moment of the record that waits to be delivered.
    package var waitingSince: Date?
    /// Attempts that failed since the start.
    package var failures: Int
    /// Nil while it works.
    package var failingSince: Date?
    package var lastFailure: DeliveryFailure?
    package var nextAttemptAt: Date?
    package var lastDeliveredAt: Date?

    package init(
        name: String, kind: String, deliveredUpTo: Int64, lag: Int64, waitingSince: Date? = nil,
        failures: Int = 0,
        failingSince: Date? = nil, lastFailure: DeliveryFailure? = nil, nextAttemptAt: Date? = nil,
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
