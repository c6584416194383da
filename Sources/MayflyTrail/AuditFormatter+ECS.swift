import Foundation
import MayflyCore

/// Elastic Common Schema 8.11 (https://www.elastic.co/guide/en/ecs/8.11/).
extension AuditFormatter {
    func ecs(_ record: AuditRecord) -> ExportValue {
        let event = record.event
        var mayfly: [String: ExportValue?] = [
            "request_id": .text(event.subject.request?.rawValue),
            "lease_id": .text(event.subject.lease?.rawValue),
            "database": .text(event.subject.database?.rawValue),
            "profile": .text(event.subject.profile?.rawValue),
            "role": .text(event.subject.role?.rawValue), "previous_hash": .string(record.previousHash),
            "hash": .string(record.hash), "installation": .string(installation),
        ]
        mayfly["details"] = event.details.isEmpty ? nil : .object(event.details.mapValues { .string($0) })
        let (categories, types) = Self.ecsCategory(event.action)
        let names = [event.actorName, event.subject.role?.rawValue].compactMap { $0 }
        return .object([
            "@timestamp": .string(AuditEncoding.timestamp(event.at)), "message": .string(event.summary),
            "ecs": .object(["version": "8.11.0"]),
            "event": .object([
                "kind": "event", "category": .list(categories.map { .string($0) }),
                "type": .list(types.map { .string($0) }), "action": .string(event.action.rawValue),
                "outcome": event.outcome == .done ? "success" : "failure", "id": .string(record.hash),
                "sequence": .integer(record.sequence), "reason": .text(event.reason),
                "duration": Self.nanoseconds(event.duration).map { .integer($0) },
                "provider": "mayfly", "dataset": "mayfly.audit", "severity": .integer(severity(event)),
            ]),
            "user": .object([
                "name": .string(event.actorName), "id": .text(event.actor.token?.subject ?? event.actorUID),
                "domain": .text(event.actor.token?.issuer),
                "target": event.subject.role.map { .object(["name": .string($0.rawValue)]) },
            ]),
            "rule": event.rule.map { .object(["name": .string($0)]) },
            "trace": event.actor.call.map { .object(["id": .string($0.id)]) },
            "related": .object(["user": .list(names.map { .string($0) })]),
            "service": .object(["name": "mayflyd", "version": .string(version), "type": "mayfly"]),
            "mayfly": .object(mayfly),
        ])
    }

    /// - Returns: nil also for more than there are nanoseconds to count.
    private static func nanoseconds(_ milliseconds: Int64?) -> Int64? {
        guard let (value, isOver) = milliseconds?.multipliedReportingOverflow(by: 1_000_000) else {
            return nil
        }
        return isOver ? nil : value
    }

    static func ecsCategory(_ action: AuditEvent.Action) -> (categories: [String], types: [String]) {
        switch ocsfKind(action).class {
        case .accountChange:
            switch action {
            case .leaseActive: (["iam"], ["user", "creation"])
            case .leaseRevoked, .roleUnknown: (["iam"], ["user", "deletion"])
            default: (["iam"], ["user", "change"])
            }
        case .authentication:
            (
                ["authentication"],
                [[.sessionEnded, .sessionKilled].contains(action) ? "end" : "start"]
            )
        case .userAccess: (["iam"], ["user", "info"])
        case .entityManagement: (["configuration"], [action == .auditRead ? "access" : "change"])
        }
    }
}
