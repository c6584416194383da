package import MayflyAPI
package import MayflyCore

extension MayflyAPI.AuditRecord {
    package init(_ record: MayflyCore.AuditRecord) {
        let event = record.event
        self.init(
            seq: record.sequence, version: AuditEncoding.version(of: event), at: event.at,
            actor: AuditActor(event.actor), action: event.action.rawValue,
            outcome: event.outcome.rawValue, callId: event.actor.call?.id,
            requestId: event.subject.request?.rawValue,
            leaseId: event.subject.lease?.rawValue, database: event.subject.database?.rawValue,
            profile: event.subject.profile?.rawValue, role: event.subject.role?.rawValue,
            reason: event.reason, rule: event.rule, durationMs: event.duration, details: event.details,
            previousHash: record.previousHash, hash: record.hash)
    }
}

extension AuditActor {
    package init(_ actor: AuditEvent.Actor) {
        switch actor {
        case .person(let identity):
            self.init(
                user: identity.user, uid: identity.uid, pid: identity.pid,
                token: identity.token.map {
                    TokenBearer(issuer: $0.issuer, subject: $0.subject, id: $0.id)
                })
        case .broker: self.init(user: "mayflyd")
        }
    }
}
