import Foundation
import MayflyAPI
import MayflyCore
import Yams

extension PolicyTestCase {
    static func read(_ field: Field) -> PolicyTestCase? {
        guard let section = Section(field, keys: ["name", "who", "what", "when", "history", "expect"]) else {
            return nil
        }
        let name = section.required("name", fix: "a sentence: what is tried").flatMap { $0.string("a name") }
        let when = section.required(
            "when", fix: "a moment with its offset, such as 2026-03-02T10:00:00+01:00"
        )
        .flatMap(readMoment)
        let now = when ?? .distantPast
        let who = section.required("who", fix: "who: { user: alice, groups: [ developers ] }")
            .flatMap { readWho($0, now) }
        let what = section.required("what", fix: "what: { profile: orders-read }").flatMap(readWhat)
        let history = section.optional("history").map { readHistory($0, now) } ?? History()
        let expect = section.required("expect", fix: "expect: { decision: allow }").flatMap(readExpectation)
        guard let name, let when, let who, let what, let history, let expect else { return nil }
        return PolicyTestCase(
            name: name, line: field.node.mark?.line ?? 0, identity: who, request: what, now: when,
            history: history,
            expectation: expect)
    }

    private static func readMoment(_ field: Field) -> Date? {
        guard let text = field.scalar("a moment") else { return nil }
        guard let date = MayflyJSON.date(from: text) else {
            field.error("\(field.shown(text)) is not a moment", fix: "such as 2026-03-02T10:00:00+01:00")
            return nil
        }
        return date
    }

    /// Groups are as the case says, not as this host has them: a test means the same everywhere.
    private static func readWho(_ field: Field, _ now: Date) -> Identity? {
        guard let section = Section(field, keys: ["user", "uid", "groups", "mfa", "token"]) else {
            return nil
        }
        let user = section.required("user", fix: "the user's name").flatMap { $0.string("a name") }
        let uid = section.optional("uid").flatMap { $0.integer(0...Int(UInt32.max)) } ?? 4_294_967_294
        let groups =
            section.optional("groups")?.list(of: "groups", allowEmpty: true)?
            .compactMap { $0.string("a group") } ?? []
        // How long ago a second factor was proven.
        let mfa = section.optional("mfa").flatMap { $0.duration() }
            .map { MFAProof(at: now.addingTimeInterval(-TimeInterval($0.seconds))) }
        let token = section.optional("token").map { readToken($0, now) }
        guard let user, token != .some(nil) else { return nil }
        return Identity(
            uid: UInt32(uid), user: user, groups: Set(groups), pid: nil, token: token ?? nil, mfa: mfa)
    }

    /// `authenticated` is how long ago its bearer was, as `mfa` of people is.
    private static func readToken(_ field: Field, _ now: Date) -> TokenIdentity? {
        let keys = ["issuer", "subject", "claims", "amr", "acr", "authenticated"]
        guard let section = Section(field, keys: keys) else { return nil }
        let issuer = section.required("issuer", fix: "a name under identity_issuers").flatMap {
            $0.string("a name")
        }
        let subject = section.required("subject", fix: "the token's sub").flatMap { $0.string("a subject") }
        var claims: [String: ClaimValue] = [:]
        for (name, _, value) in section.optional("claims")?.entries(of: "claims") ?? [] {
            claims[name] = readClaim(value)
        }
        let amr = section.optional("amr")?.list(of: "methods")?.compactMap { $0.string("a method") } ?? []
        let acr = section.optional("acr").flatMap { $0.string("a class") }
        let authenticatedAt = section.optional("authenticated").flatMap { $0.duration() }
            .map { now.addingTimeInterval(-TimeInterval($0.seconds)) }
        guard let issuer, let subject else { return nil }
        // As a token has it.
        claims["sub"] = .string(subject)
        return TokenIdentity(
            issuer: issuer, subject: subject, claims: claims, amr: amr, acr: acr,
            authenticatedAt: authenticatedAt, expiresAt: .distantFuture)
    }

    private static func readClaim(_ field: Field) -> ClaimValue? {
        switch field.kind {
        case "a list":
            return field.list(of: "values", allowEmpty: true).map { .list($0.compactMap(readClaim)) }
        case "a truth value": return field.truth().map { .bool($0) }
        case "a whole number", "a number":
            return field.scalar("a number").flatMap { Double($0) }.map { .number($0) }
        default: return field.string("a value").map { .string($0) }
        }
    }

    private static func readWhat(_ field: Field) -> LeaseRequest? {
        let keys = ["profile", "ttl", "reason", "ticket", "break_glass"]
        guard let section = Section(field, keys: keys) else { return nil }
        let profile = section.required("profile", fix: "the name of a profile").flatMap {
            field -> ProfileName? in
            guard let text = field.string("the name of a profile") else { return nil }
            if let name = ProfileName(rawValue: text) { return name }
            field.error("\(field.shown(text)) is not a name", fix: nil)
            return nil
        }
        let ttl = section.optional("ttl").flatMap { $0.duration() }
        let reason = section.optional("reason").flatMap { $0.string("a reason") }.flatMap {
            Reason(rawValue: $0)
        }
        let ticket = section.optional("ticket").flatMap { $0.string("a ticket") }.flatMap {
            Ticket(rawValue: $0)
        }
        let breakGlass = section.optional("break_glass")?.truth() ?? false
        guard let profile else { return nil }
        return LeaseRequest(
            profile: profile, ttl: ttl, reason: reason, ticket: ticket, isBreakGlass: breakGlass)
    }

    /// `{ held: [ orders-read ], ended: { audit-read: 2h }, active_in_all: 9, requests_in_hour: { rule: 3 } }`
    private static func readHistory(_ field: Field, _ now: Date) -> History? {
        let keys = ["held", "ended", "active_in_all", "requests_in_hour", "overdue_reviews"]
        guard let section = Section(field, keys: keys) else { return nil }
        var history = History()
        history.held =
            section.optional("held")?.list(of: "profiles")?.compactMap { item in
                item.string("the name of a profile").flatMap { ProfileName(rawValue: $0) }.map { .init($0) }
            } ?? []
        for (name, _, value) in section.optional("ended")?.entries(of: "profiles") ?? [] {
            guard let profile = ProfileName(rawValue: name), let ago = value.duration() else { continue }
            history.ended[profile] = now.addingTimeInterval(-TimeInterval(ago.seconds))
        }
        for (rule, _, value) in section.optional("requests_in_hour")?.entries(of: "rules") ?? [] {
            history.requestsInHour[rule] = value.integer(0...1_000_000)
        }
        if let count = section.optional("active_in_all")?.integer(0...1_000_000) {
            history.activeInAll = count
        }
        if let count = section.optional("overdue_reviews")?.integer(0...1000) {
            history.overdueReviews = count
        }
        return history
    }

    private static func readExpectation(_ field: Field) -> PolicyExpectation? {
        let keys = ["decision", "rule", "code", "ttl", "max_ttl", "steps"]
        guard let section = Section(field, keys: keys) else { return nil }
        let known = PolicyExpectation.Outcome.allCases.map(\.rawValue)
        let outcome = section.required("decision", fix: known.joined(separator: ", "))
            .flatMap { field -> PolicyExpectation.Outcome? in
                guard let text = field.string("a decision") else { return nil }
                if let outcome = PolicyExpectation.Outcome(rawValue: text) { return outcome }
                field.error("\(field.shown(text)) is no decision", fix: known.joined(separator: ", "))
                return nil
            }
        let code = section.optional("code").flatMap(readCode)
        guard let outcome else { return nil }
        return PolicyExpectation(
            outcome: outcome, rule: section.optional("rule").flatMap { $0.string("the name of a rule") },
            code: code,
            ttl: section.optional("ttl").flatMap { $0.duration() },
            maximum: section.optional("max_ttl").flatMap { $0.duration() },
            steps: section.optional("steps")?.list(of: "steps", allowEmpty: true)?
                .compactMap { $0.string("the name of a step") })
    }

    /// A code that is never sent would make a case that can never hold.
    private static func readCode(_ field: Field) -> String? {
        guard let text = field.string("a code") else { return nil }
        let known = Refusal.Code.allCases.map(\.rawValue)
        guard known.contains(text) else {
            field.error(
                "\(field.shown(text)) is no code",
                fix: Spelling.nearest(to: text, among: known).map { "did you mean \($0)?" }
                    ?? "mayfly's problem codes: \(known.joined(separator: ", "))")
            return nil
        }
        return text
    }
}
