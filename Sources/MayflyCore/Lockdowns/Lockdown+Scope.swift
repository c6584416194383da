package import Foundation

extension Lockdown {
    /// What it stops.
    package enum Scope: Hashable, Sendable, Codable, CustomStringConvertible {
        case everything
        case database(DatabaseName)
        case profile(ProfileName)
        case person(Target)

        package var description: String {
            switch self {
            case .everything: "everything"
            case .database(let name): "database \(name)"
            case .profile(let name): "profile \(name)"
            case .person(let target): "user \(target.typed)"
            }
        }

        package func covers(_ subject: Subject) -> Bool {
            switch self {
            case .everything: true
            case .database(let name): subject.database == name
            case .profile(let name): subject.profile == name
            case .person(let target): target.isAmong(subject)
            }
        }
    }

    /// Somebody, by whichever identity.
    package struct Target: Hashable, Sendable, Codable {
        /// As named by the administrator.
        package let typed: String
        package let person: Person
        /// `uid:1001`, `user:alice`, `sub:ISSUER:SUBJECT`: kept beside the person, so that a lockdown goes on to count
        /// when the configuration names the person otherwise.
        package let identities: Set<String>

        package init(typed: String, person: Person, identities: Set<String>) {
            self.typed = typed
            self.person = person
            self.identities = identities
        }

        /// Also when they only brought somebody's token over the socket: it is the safe side.
        func isAmong(_ subject: Subject) -> Bool {
            let requester = subject.requester
            return requester.person == person || subject.people.contains(person)
                || !identities.isDisjoint(with: [
                    requester.key, "uid:\(requester.uid)", "user:\(requester.user)",
                ])
        }
    }

    /// What a lockdown may stop: somebody's access to something.
    package struct Subject: Hashable, Sendable {
        package let database: DatabaseName
        package let profile: ProfileName
        package let requester: Lease.Requester
        /// Everybody who has a hand in it, beside its requester.
        package let people: Set<Person>

        package init(
            database: DatabaseName, profile: ProfileName, requester: Lease.Requester,
            people: Set<Person> = []
        ) {
            self.database = database
            self.profile = profile
            self.requester = requester
            self.people = people
        }

        package init(of lease: Lease) {
            self.init(database: lease.database, profile: lease.profile, requester: lease.requester)
        }
    }
}

extension Admission {
    /// Why it is stopped; nil when it is not, or is recorded as denied anyway.
    package func stopped(by lockdowns: [Lockdown], now: Date) -> Refusal? {
        guard !lockdowns.isEmpty, !request.state.isFinal || lease != nil,
            let database = lease?.database ?? request.course?.database
        else { return nil }
        let subject = Lockdown.Subject(
            database: database, profile: request.profile, requester: request.requester, people: people)
        return lockdowns.stopping(subject)?.refusal(now: now)
    }
}

extension LeaseStep {
    /// Whether it would give access that was not there before: what a lockdown stops.
    package func givesAccess(to lease: Lease) -> Bool {
        switch event {
        case .made: lease.state == .creating
        case .renewed, .extended, .reissued: lease.state == .active
        case .shortened, .undone, .tethered, .untethered, .ending, .attemptFailed, .dropRefused, .gone: false
        }
    }

    /// An intent that a lockdown overtook is ended at once, not when somebody looks after it.
    package static func overtaken(_ lease: Lease, by lockdown: Lockdown, now: Date) -> LeaseStep? {
        guard lease.state == .creating, lease.endReason == nil else { return nil }
        return LeaseStep(
            lease.id, .ending(.lockdown, attemptAt: now),
            audit: .lockedDown(lease, lockdown, by: .broker, at: now))
    }
}

extension AuditEvent {
    /// A lease is ended for a lockdown.
    package static func lockedDown(
        _ lease: Lease, _ lockdown: Lockdown, by actor: Actor, at now: Date
    ) -> AuditEvent {
        AuditEvent(
            at: now, actor: actor, action: .leaseRevoking, subject: Subject(of: lease),
            reason: lockdown.reason.rawValue,
            details: [
                "requester": lease.requester.user, "end_reason": Lease.EndReason.lockdown.rawValue,
                "lockdown": lockdown.id.rawValue,
            ])
    }

    /// A lockdown was put in force, or ended.
    package init(_ action: Action, _ lockdown: Lockdown, by actor: Actor, reason: Reason?, at now: Date) {
        var details = ["lockdown": lockdown.id.rawValue, "scope": lockdown.scope.description]
        details["until"] = lockdown.until.map(AuditEncoding.timestamp)
        if lockdown.revokes { details["revoke"] = "true" }
        var subject = Subject()
        switch lockdown.scope {
        case .everything: break
        case .database(let name): subject.database = name
        case .profile(let name): subject.profile = name
        case .person(let target): details["person"] = target.person.rawValue
        }
        self.init(
            at: now, actor: actor, action: action, subject: subject, reason: reason?.rawValue,
            details: details)
    }
}
