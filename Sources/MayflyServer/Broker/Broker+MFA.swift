import Foundation
import Logging
package import MayflyCore
import MayflyCrypto
import Synchronization

/// Second factors: enrolled at the socket, proven call by call, reset by administrators.
extension Broker {
    /// Checks the code of a call, before anything is decided on it. A code works once: it is used up by the call that
    /// brings it, whatever becomes of that.
    /// - Parameter call: what it is for, on record.
    package func prove(_ code: OneTimeCode, for call: String, by identity: Identity) async throws(Refusal)
        -> MFAProof
    {
        try checkIsPerson(identity)
        let now = timekeeper.now()
        let presentation = try await present(code, by: identity, at: now) { enrolment, fitting, attempts in
            let presentation = enrolment.present(fitting, attempts: attempts, now: now)
            return MFAMove(
                presentation,
                AuditEvent.presented(presentation, .mfaAccepted, enrolment, for: call, by: identity, at: now))
        }
        if let refusal = Refusal(presentation, now: now) {
            try await recordCodeRefused(presentation, for: call, by: identity, refusal, now)
            throw refusal
        }
        return MFAProof(at: now)
    }

    /// Makes a secret for the caller, in place of one that was never confirmed. The one place where it leaves.
    package func enrol(by identity: Identity) async throws(Refusal) -> EnrolledSecret {
        try checkIsPerson(identity)
        let (configuration, key) = try factors()
        let now = timekeeper.now()
        guard enrolments.admit(identity.uid, now: now) != nil else {
            throw Refusal(.tooManyRequests, "you enrolled too often lately", hint: "try again in a minute")
        }
        let holder = MFAHolder(identity, people: configuration.people)
        let secret = try Self.made { () throws(CryptoFailure) in try OneTimeSecret.random() }
        let sealed = try Self.made { () throws(CryptoFailure) in
            try secret.sealed(with: key, of: holder.person.rawValue)
        }
        let new = MFAEnrolment(
            person: holder.person, uid: identity.uid, user: identity.user, createdAt: now, secret: sealed)
        let event = AuditEvent.enrolment(.mfaEnrolled, new, by: .person(identity), at: now)
        let active = try await stored { () async throws(StoreError) in
            try await store.enrol(new, events: [event])
        }
        if let active {
            throw Refusal(
                .conflict, "you have a second factor since \(AuditEncoding.timestamp(active.createdAt))",
                hint: "an administrator takes it away with `mayfly mfa reset`: then you enrol again")
        }
        return EnrolledSecret(
            secret.makeReplyString(), issuer: configuration.issuer, user: identity.user, of: new)
    }

    /// The first code shows that the secret arrived; from then on codes count.
    package func confirmEnrolment(_ code: OneTimeCode, by identity: Identity) async throws(Refusal)
        -> MFAStanding
    {
        try checkIsPerson(identity)
        let now = timekeeper.now()
        let presentation = try await present(code, by: identity, at: now) { enrolment, fitting, attempts in
            let presentation = enrolment.confirm(fitting, attempts: attempts, now: now)
            return MFAMove(
                presentation,
                AuditEvent.presented(
                    presentation, .mfaConfirmed, enrolment, for: "confirm_mfa", by: identity, at: now))
        }
        if case .impossible(.active) = presentation {
            throw Refusal(.conflict, "your second factor is confirmed already")
        }
        if let refusal = Refusal(presentation, now: now) {
            try await recordCodeRefused(presentation, for: "confirm_mfa", by: identity, refusal, now)
            throw refusal
        }
        return try await mfaStanding(of: identity)
    }

    package func mfaStanding(of identity: Identity) async throws(Refusal) -> MFAStanding {
        let configuration = configuration
        let holder = MFAHolder(identity, people: configuration.people)
        return MFAStanding(
            person: holder.person, isOffered: configuration.mfa != nil,
            enrolment: try await stored { () async throws(StoreError) in try await store.enrolment(of: holder)
            })
    }

    /// Takes somebody's second factors away, so that they enrol again: all that are theirs under any name or uid, as one
    /// of before an edit of `people` would count again. Never one's own: whoever got hold of an administrator's account
    /// would make it theirs.
    /// - Parameters:
    ///   - name: a person of the configuration, else whoever `user` is.
    ///   - user: the account of that name, where there is one.
    package func resetMFA(
        of name: String, _ user: Identity?, reason: Reason, by identity: Identity
    ) async throws(Refusal) -> MFAStanding {
        let configuration = configuration
        let people = configuration.people
        let holder: MFAHolder
        if people.entries.keys.contains(Person(rawValue: name)) {
            let person = Person(rawValue: name)
            let own = user.flatMap { people.person(of: $0) == person ? $0 : nil }
            holder = MFAHolder(person: person, uid: own?.uid)
        } else if let user {
            holder = MFAHolder(user, people: people)
        } else {
            throw Refusal(
                .notFound,
                "\(name.quoted(limit: 80)) is nobody on the broker's host, and no person of the configuration",
                field: "who", hint: "a person of `people`, user:NAME or uid:NUMBER")
        }
        let now = timekeeper.now()
        var refusal: Refusal?
        if !isAdministrator(identity) || identity.isMachine {
            refusal = Refusal(
                .denied, "second factors are reset by administrators",
                hint: "they are named in the configuration: `administrators`")
        } else if people.everybody(behind: identity).contains(holder.person) || identity.uid == holder.uid {
            refusal = Self.ownReset
        } else {
            let holders = try await holders(holder, people)
            let own = try await self.holders(MFAHolder(identity, people: people), people)
            let kept = try await stored { () async throws(StoreError) in
                try await store.removeEnrolments(of: holders, unlessOf: own, now: now) { enrolment in
                    var event = AuditEvent.enrolment(.mfaReset, enrolment, by: .person(identity), at: now)
                    event.reason = reason.rawValue
                    return event
                }
            }
            if kept != nil { refusal = Self.ownReset }
        }
        if let refusal {
            if let leftOut = refusals.admit(identity.uid, now: now) {
                let event = AuditEvent(
                    at: now, actor: .person(identity), action: .mfaReset, outcome: .denied, subject: .init(),
                    reason: reason.rawValue, refusal: refusal, leftOut: leftOut)
                try await stored { () async throws(StoreError) in try await store.record([event]) }
            }
            throw refusal
        }
        return MFAStanding(person: holder.person, isOffered: configuration.mfa != nil, enrolment: nil)
    }

    /// Looks whether the key opens what is enrolled, so that an operator hears of a wrong one at the start and not from
    /// whoever is on call.
    func checkEnrolments() async {
        do {
            let enrolments = try await store.enrolments()
            guard !enrolments.isEmpty else { return }
            guard let (_, key) = try? factors() else {
                logger.error(
                    "there are second factors and no `mfa` section: no code is taken",
                    metadata: ["enrolments": "\(enrolments.count)"])
                return
            }
            let closed = enrolments.filter { enrolment in
                do throws(SealFailure) {
                    _ = try OneTimeSecret(
                        opening: enrolment.secret ?? [], with: key, of: enrolment.person.rawValue)
                    return false
                } catch { return true }
            }
            guard !closed.isEmpty else { return }
            logger.error(
                "the key file does not open second factors: it is not the one that they were sealed with",
                metadata: ["enrolments": "\(enrolments.count)", "closed": "\(closed.count)"])
        } catch { logger.error("second factors not looked at", metadata: ["error": "\(error)"]) }
    }

    // MARK: - Steps of these

    private func checkIsPerson(_ identity: Identity) throws(Refusal) {
        guard identity.isMachine else { return }
        throw Refusal(
            .mfaInvalid,
            "a token says itself how its bearer was authenticated: codes are for people at the socket",
            field: "code", hint: "leave the code out")
    }

    private static let ownReset = Refusal(
        .denied, "nobody resets their own second factor", field: "who", hint: "ask another administrator")

    /// As all that a person's accounts may have enrolled as: by `people`, and by what the name service says of it.
    private func holders(_ holder: MFAHolder, _ people: People) async throws(Refusal) -> Set<MFAHolder> {
        var holders: Set = [holder]
        for principal in people.entries[holder.person] ?? [] {
            switch principal {
            case .uid(let uid): holders.insert(MFAHolder(person: holder.person, uid: uid))
            case .user:
                let found: Identity?
                do { found = try await directory.identity(named: principal.description) } catch {
                    throw Refusal(.timedOut, "\(error)", field: "who", hint: "try again in a moment")
                }
                // An account that is gone may have left a factor under its uid, which nobody can tell any more.
                if let found { holders.insert(MFAHolder(person: holder.person, uid: found.uid)) }
            case .group, .subject, .claims, .anyone: break
            }
        }
        return holders
    }

    private static func made<T: ~Copyable>(_ work: () throws(CryptoFailure) -> T) throws(Refusal) -> T {
        do { return try work() } catch { throw Refusal(.internal, "no secret could be made: \(error)") }
    }

    /// What is in force: the configuration and its key.
    private func factors() throws(Refusal) -> (Configuration, SealingKey) {
        let (configuration, key) = state.withLock { ($0.configuration, $0.sealingKey) }
        guard configuration.mfa != nil, let key else {
            throw Refusal(
                .mfaUnavailable, "there are no second factors here",
                hint: "an administrator sets them up: `mfa: { key_file: … }` in the configuration")
        }
        return (configuration, key)
    }

    /// Opens the caller's secret, and lets `move` judge what the code fits, on the enrolment as it is then.
    private func present(
        _ code: OneTimeCode, by identity: Identity, at now: Date,
        _ move: @escaping @Sendable (inout MFAEnrolment, [Int64], Int) -> MFAMove<MFAEnrolment.Presentation>
    ) async throws(Refusal) -> MFAEnrolment.Presentation {
        let (configuration, key) = try factors()
        let attempts = configuration.mfa?.attempts ?? MFATerms.defaultAttempts
        let holder = MFAHolder(identity, people: configuration.people)
        let found = try await stored { () async throws(StoreError) in try await store.enrolment(of: holder) }
        guard let found, let sealed = found.secret else { return .impossible(.removed) }
        let fitting = try steps(fitting: code, sealed, key, of: found, now)
        let presentation = try await stored { () async throws(StoreError) in
            try await store.moveEnrolment(of: holder) { enrolment in
                // Another one by now: the code was not for this.
                guard enrolment.id == found.id else {
                    return MFAMove(MFAEnrolment.Presentation.impossible(.removed))
                }
                return move(&enrolment, fitting, attempts)
            }
        }
        return presentation ?? .impossible(.removed)
    }

    private func steps(
        fitting code: OneTimeCode, _ sealed: [UInt8], _ key: SealingKey, of enrolment: MFAEnrolment,
        _ now: Date
    ) throws(Refusal) -> [Int64] {
        do throws(SealFailure) {
            let secret = try OneTimeSecret(opening: sealed, with: key, of: enrolment.person.rawValue)
            do throws(CryptoFailure) {
                return try TOTP.steps(fitting: code, secret, at: now)
            } catch { throw .crypto(error) }
        } catch {
            logger.error(
                "second factor not opened", metadata: ["enrolment": "\(enrolment.id)", "error": "\(error)"])
            throw Refusal(
                .mfaUnavailable, "your second factor cannot be opened: \(error)",
                hint:
                    "tell an administrator: the key file must be the one that it was sealed with, or a reset lets you"
                    + " enrol again")
        }
    }

    /// What a call is refused for without the enrolment having changed, as often as refusals go on record.
    private func recordCodeRefused(
        _ presentation: MFAEnrolment.Presentation, for call: String, by identity: Identity,
        _ refusal: Refusal,
        _ now: Date
    ) async throws(Refusal) {
        switch presentation {
        case .accepted, .wrong, .lockedOut: return
        case .used, .locked, .expired, .impossible: break
        }
        guard let leftOut = refusals.admit(identity.uid, now: now) else { return }
        var event = AuditEvent(
            at: now, actor: .person(identity), action: .mfaRefused, outcome: .denied, subject: .init(),
            refusal: refusal, leftOut: leftOut)
        event.details["call"] = call
        try await stored { [event] () async throws(StoreError) in try await store.record([event]) }
    }
}

extension Configuration {
    fileprivate var issuer: String { mfa?.issuer ?? "Mayfly" }
}
