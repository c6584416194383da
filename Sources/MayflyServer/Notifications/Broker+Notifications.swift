import Logging
package import MayflyCore

/// Who is told of what, and how that goes.
extension Broker {
    package typealias CourierFactory = @Sendable (NotificationTarget) -> any Courier

    package func notificationTargets() async throws(Refusal) -> [TargetHealth] {
        try await stored { () async throws(StoreError) in try await outbox.health() + exporterFeeds.health() }
    }

    func notificationMetrics() async -> [Metric] {
        let targets: [TargetHealth]
        do { targets = try await outbox.health() + exporterFeeds.health() } catch {
            logger.error("metrics without notifications", metadata: ["error": "\(error)"])
            return []
        }
        func samples(_ value: (TargetHealth) -> Double) -> [Metric.Sample] {
            targets.map { .init(value($0), labels: ["target": $0.name]) }
        }
        return [
            Metric(
                "mayfly_notifications_lag", .gauge,
                help: "Audit records that a target has not been told of yet.",
                samples: samples { Double($0.lag) }),
            Metric(
                "mayfly_notifications_failing", .gauge, help: "1 while a target takes nothing.",
                samples: samples { $0.failingSince == nil ? 0 : 1 }),
            Metric(
                "mayfly_notifications_failures_total", .counter, help: "Attempts at a delivery that failed.",
                samples: samples { Double($0.failures) }),
        ]
    }
}
