import Foundation
import MayflyCore

extension Broker {
    /// How checkpoints of the audit log go.
    func trailMetrics() -> [Metric] {
        var metrics = [
            Metric(
                "mayfly_audit_differs", .gauge, help: "1 while the audit log is not as it was signed.",
                samples: [.init(trailCondition.objection == nil ? 0 : 1)]),
            Metric(
                "mayfly_audit_trouble", .gauge,
                help: "1 while checkpoints cannot be made, kept elsewhere or pruned.",
                samples: [.init(trailCondition.trouble == nil ? 0 : 1)]),
        ]
        if let last = trailCondition.last {
            metrics += [
                Metric(
                    "mayfly_audit_checkpoint_timestamp_seconds", .gauge,
                    help: "When the last checkpoint of the audit log was signed.",
                    samples: [.init(last.at.timeIntervalSince1970)]),
                Metric(
                    "mayfly_audit_checkpoint_record", .gauge,
                    help: "The last audit record that a checkpoint covers.",
                    samples: [.init(Double(last.sequence))]),
            ]
        }
        return metrics
    }
}
