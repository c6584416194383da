import Foundation
import MayflyCore

extension AuditEvent {
    static func enrolment(
        _ action: Action, _ enrolment: MFAEnrolment, by actor: Actor, at now: Date
    ) -> AuditEvent {
        AuditEvent(
            at: now, actor: actor, action: action,
            details: [
                "enrolment": enrolment.id.rawValue, "person": enrolment.person.rawValue,
                "user": enrolment.user,
            ])
    }

    /// What a code puts on record that changed the enrolment; nothing for one that did not.
    static func presented(
        _ presentation: MFAEnrolment.Presentation, _ accepted: Action, _ enrolment: MFAEnrolment,
        for call: String,
        by identity: Identity, at now: Date
    ) -> [AuditEvent] {
        var event = AuditEvent.enrolment(accepted, enrolment, by: .person(identity), at: now)
        event.details["call"] = call
        switch presentation {
        case .accepted: return [event]
        case .wrong(let left):
            event.action = .mfaRefused
            event.outcome = .denied
            event.details["attempts_left"] = String(left)
            return [event]
        case .lockedOut(let until):
            event.action = .mfaLocked
            event.outcome = .denied
            event.details["until"] = AuditEncoding.timestamp(until)
            return [event]
        case .used, .locked, .expired, .impossible: return []
        }
    }
}
