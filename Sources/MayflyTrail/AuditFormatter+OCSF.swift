import Foundation
import MayflyCore

/// Open Cybersecurity Schema Framework 1.3.0, category Identity & Access Management (https://schema.ocsf.io/1.3.0).
extension AuditFormatter {
    static let ocsfVersion = "1.3.0"

    /// A class of events, and what was done in it.
    struct OCSFKind: Hashable {
        enum Class: Int64, CaseIterable {
            case accountChange = 3001
            case authentication = 3002
            case entityManagement = 3004
            case userAccess = 3005
        }

        var `class`: Class
        var activity: Int64

        init(_ class: Class, _ activity: Int64) {
            self.class = `class`
            self.activity = activity
        }
    }

    /// 99 is what a class has no word for.
    static func ocsfKind(_ action: AuditEvent.Action) -> OCSFKind {
        switch action {
        case .leaseActive: OCSFKind(.accountChange, 1)  // create
        case .leaseReissued: OCSFKind(.accountChange, 4)  // password reset
        case .leaseRevoking: OCSFKind(.accountChange, 5)  // disable
        case .leaseRevoked, .roleUnknown: OCSFKind(.accountChange, 6)  // delete
        case .auditDiffers: OCSFKind(.entityManagement, 99)
        case .auditAccepted: OCSFKind(.entityManagement, 99)
        case .leaseLocked: OCSFKind(.accountChange, 9)  // lock
        case .mfaConfirmed: OCSFKind(.accountChange, 10)  // MFA factor enable
        case .mfaReset: OCSFKind(.accountChange, 11)  // MFA factor disable
        case .leaseCreating, .leaseFailed, .leaseRenewed, .leaseRenewalDenied, .leaseExtended,
            .leaseExtensionFailed, .leaseShortened, .leaseExpiring, .leaseTethered, .leaseUntethered,
            .leaseAttemptFailed, .mfaEnrolled, .roleStray, .roleAltered, .roleOrphan, .roleReaping, .roleKept:
            OCSFKind(.accountChange, 99)
        case .sessionStarted, .sessionsLeftOut, .mfaAccepted, .mfaRefused, .mfaLocked, .accessDenied,
            .loginFailed:
            OCSFKind(.authentication, 1)  // logon
        case .sessionEnded, .sessionKilled: OCSFKind(.authentication, 2)  // logoff
        case .requestApproved, .requestRedeemed: OCSFKind(.userAccess, 1)  // assign privileges
        case .requestCreated, .requestDenied, .requestApproval, .requestEscalated, .requestExpired,
            .requestVoteRefused, .requestWithdrawn, .requestMalformed, .reviewDue, .reviewOverdue,
            .reviewDone,
            .reviewRefused, .reviewSignedOff:
            OCSFKind(.userAccess, 99)
        case .lockdownOn, .auditKeyCreated, .daemonStarted, .exporterBegun:
            OCSFKind(.entityManagement, 1)  // create
        case .auditRead, .reportRead, .privilegesRead, .statementsRead, .statementsLogged, .statementsShown:
            OCSFKind(.entityManagement, 2)  // read
        case .configurationLoaded, .configurationRefused, .scopeChanged, .scopeDrifted, .scopeInStep,
            .auditKeyChanged:
            OCSFKind(.entityManagement, 3)  // update
        case .lockdownOff, .lockdownEnded, .auditPruned, .exporterEnded:
            OCSFKind(.entityManagement, 4)  // delete
        case .safeModeOn, .safeModeOff, .daemonStopped, .notificationFailing, .notificationRecovered,
            .auditDamaged, .serverLogGap, .sessionsUnwatched, .sessionsWatched:
            OCSFKind(.entityManagement, 99)
        }
    }

    func ocsf(_ record: AuditRecord) -> ExportValue {
        let event = record.event
        let kind = Self.ocsfKind(event.action)
        var members: [String: ExportValue?] = [
            "activity_id": .integer(kind.activity), "category_uid": 3,
            "class_uid": .integer(kind.class.rawValue),
            "type_uid": .integer(kind.class.rawValue * 100 + kind.activity),
            "time": .integer(event.at.milliseconds), "severity_id": .integer(severity(event)),
            "status_id": .integer(event.outcome == .done ? 1 : 2),
            "status": event.outcome == .done ? "Success" : "Failure", "message": .string(event.summary),
            "status_detail": .text(event.details["why"] ?? event.details["failure"]),
            "duration": event.duration.map { .integer($0) },
            "metadata": .object([
                "version": .string(Self.ocsfVersion), "uid": .string(record.hash),
                "sequence": .integer(record.sequence), "event_code": .string(event.action.rawValue),
                "correlation_uid": .text(event.actor.call?.id ?? event.subject.request?.rawValue),
                "product": .object([
                    "name": "Mayfly", "vendor_name": "Mayfly", "version": .string(version),
                    "uid": .string(installation),
                ]),
            ]),
            "actor": .object(["user": ocsfActor(event)]),
            "unmapped": ocsfRest(event),
        ]
        switch kind.class {
        case .accountChange: members["user"] = ocsfRole(event)
        case .authentication:
            members["user"] = event.subject.role == nil ? ocsfActor(event) : ocsfRole(event)
            members["service"] = .object(["name": "mayflyd", "uid": .string(installation)])
        case .userAccess:
            members["user"] = ocsfActor(event)
            members["privileges"] = .list([.string(event.subject.profile?.rawValue ?? "unknown")])
        case .entityManagement:
            members["entity"] = .object([
                "name": .string(
                    event.subject.database?.rawValue ?? event.subject.profile?.rawValue ?? installation),
                "type": .string(String(event.action.rawValue.prefix { $0 != "." })),
            ])
            members["comment"] = .text(event.reason)
        }
        return .object(members)
    }

    private func ocsfActor(_ event: AuditEvent) -> ExportValue {
        .object([
            "name": .string(event.actorName), "uid": .text(event.actor.token?.subject ?? event.actorUID),
            "type_id": .integer(event.actorUID == nil ? 3 : 1),  // system, user
            "domain": .text(event.actor.token?.issuer),
        ])
    }

    /// The account that is changed: the login role, or the person whose second factor it is.
    private func ocsfRole(_ event: AuditEvent) -> ExportValue {
        .object([
            "name": .string(
                event.subject.role?.rawValue ?? event.details["user"] ?? event.details["name"]
                    ?? event.actorName),
            "uid": .text(event.subject.lease?.rawValue), "domain": .text(event.subject.database?.rawValue),
            "type_id": 1,
        ])
    }

    private func ocsfRest(_ event: AuditEvent) -> ExportValue {
        var rest: [String: ExportValue?] = [
            "request_id": .text(event.subject.request?.rawValue),
            "lease_id": .text(event.subject.lease?.rawValue),
            "database": .text(event.subject.database?.rawValue),
            "profile": .text(event.subject.profile?.rawValue),
            "role": .text(event.subject.role?.rawValue), "reason": .text(event.reason),
            "rule": .text(event.rule),
        ]
        for (name, value) in event.details { rest["details.\(name)"] = .string(value) }
        return .object(rest)
    }

    /// 1 informational, 2 low, 3 medium, 4 high.
    func severity(_ event: AuditEvent) -> Int64 {
        switch event.action {
        case .roleAltered, .roleUnknown, .roleOrphan, .mfaLocked, .lockdownOn, .safeModeOn, .reviewOverdue,
            .auditDamaged, .auditDiffers, .auditAccepted:
            4
        case .auditKeyChanged: event.outcome == .failed ? 4 : 3
        case .reviewDue, .leaseLocked, .scopeDrifted, .configurationRefused: 3
        default: event.outcome == .done ? (event.details["break_glass"] == "true" ? 3 : 1) : 2
        }
    }
}
