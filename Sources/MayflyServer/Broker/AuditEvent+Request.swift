import Foundation
import MayflyCore

extension AuditEvent.Subject {
    init(of request: AccessRequest) {
        self.init(
            request: request.id, lease: request.leaseID ?? request.course?.extends?.lease,
            database: request.course?.database, profile: request.profile)
    }
}

extension AuditEvent {
    /// A request was put before people, or is to be redeemed later.
    static func submitted(_ request: AccessRequest, by identity: Identity, at now: Date) -> AuditEvent {
        var details: [String: String] = [:]
        if let course = request.course {
            details["ttl"] = request.ttl?.description
            details["groups"] = course.groups.joined(separator: ",")
            details["steps"] = course.terms.steps.map(\.name).joined(separator: ",")
            details["ticket"] = request.ticket?.rawValue
            details["narrowed_to"] = request.narrowing?.text
            details["start_at"] = course.startAt.map(AuditEncoding.timestamp)
            details["extends_to"] = course.extends.map { AuditEncoding.timestamp($0.to) }
            if course.isTethered { details["tethered"] = "true" }
        }
        return AuditEvent(
            at: now, actor: .person(identity), action: .requestCreated, subject: .init(of: request),
            reason: request.reason?.rawValue, rule: request.rule, details: details)
    }

    /// What a vote that counts puts on record; nothing for one that does not.
    static func voted(
        _ ballot: Ballot, _ outcome: AccessRequest.VoteOutcome, on request: AccessRequest, at now: Date
    ) -> [AuditEvent] {
        var vote = AuditEvent(
            at: now, actor: .person(ballot.identity), action: .requestApproval, subject: .init(of: request),
            reason: ballot.reason?.rawValue, rule: request.rule,
            details: ["requester": request.requester.user])
        if let last = request.course?.votes.last { vote.details["step"] = request.stepName(last.step) }
        vote.details["authority"] = ballot.authority
        switch outcome {
        case .counted(let missing): vote.details["missing"] = String(missing)
        case .stepDone(let next): vote.details["next_step"] = request.stepName(next)
        case .approved:
            var approved = vote
            approved.actor = .broker
            approved.action = .requestApproved
            approved.reason = nil
            approved.details = ["requester": request.requester.user]
            approved.details["redeem_by"] = request.course?.redeemBy.map(AuditEncoding.timestamp)
            return [vote, approved]
        case .denied:
            vote.action = .requestDenied
            vote.outcome = .denied
        case .already, .refused: return []
        }
        return [vote]
    }

    /// What became of a request without anybody's doing.
    static func ticked(_ tick: AccessRequest.Tick, _ request: AccessRequest, at now: Date) -> [AuditEvent] {
        var event = AuditEvent(
            at: now, actor: .broker, action: .requestExpired, subject: .init(of: request), rule: request.rule,
            details: ["requester": request.requester.user])
        switch tick {
        case .nothing, .extend: return []
        case .expired: event.details["approved"] = request.course?.approvedAt == nil ? "false" : "true"
        case .escalated(let added):
            event.action = .requestEscalated
            event.details["to"] = added.map(\.description).joined(separator: ",")
            event.details["step"] = request.course?.currentStep.map(request.stepName)
        }
        return [event]
    }

    /// What the requester or the broker did to it.
    static func ended(
        _ action: Action, _ request: AccessRequest, by actor: Actor, why: String? = nil, at now: Date
    ) -> AuditEvent {
        var details = ["requester": request.requester.user]
        details["why"] = why
        return AuditEvent(
            at: now, actor: actor, action: action, outcome: action == .requestDenied ? .denied : .done,
            subject: .init(of: request), rule: request.rule, details: details)
    }
}
