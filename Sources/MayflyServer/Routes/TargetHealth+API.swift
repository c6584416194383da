import MayflyAPI

extension NotificationTargetStatus {
    init(_ health: TargetHealth) {
        self.init(
            name: health.name, kind: health.kind, deliveredUpTo: health.deliveredUpTo, lag: health.lag,
            waitingSince: health.waitingSince, failures: health.failures, failingSince: health.failingSince,
            lastFailure: health.lastFailure?.description, nextAttemptAt: health.nextAttemptAt,
            lastDeliveredAt: health.lastDeliveredAt)
    }
}
