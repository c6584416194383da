import Foundation
import MayflyAPI
import MayflyCore

/// What would be decided, and why.
extension Routes {
    func explain(_ call: Call) throws(Refusal) -> Action {
        let body = try call.body(as: ExplainRequest.self)
        let request = LeaseRequest(
            profile: try ProfileName(parsing: try body.required(.profile), field: "profile"),
            ttl: try body.integer(.ttlSeconds).map { seconds throws(Refusal) in try TTL(seconds: seconds) },
            reason: try Self.reason(try body.string(.reason)),
            ticket: try body.string(.ticket).map { text throws(Refusal) in try Ticket(parsing: text) },
            isBreakGlass: try body.bool(.breakGlass) ?? false,
            narrowing: try Narrowing(
                tables: try body.strings(.tables), columns: try body.strings(.columns)))
        let subject = try body.string(.as).map { text throws(Refusal) in try Self.subject(text) }
        let at = try body.string(.at).map { text throws(Refusal) in try Self.moment(text) }
        let wantsPreview = try body.bool(.preview) ?? false
        return .identified { broker, caller throws(Refusal) in
            let isAuditor = !(await broker.roles(of: caller)).isEmpty
            let identity = try await identity(of: subject, caller, isAuditor: isAuditor)
            let explanation = try await broker.explain(request, of: identity, at: at, by: caller)
            let mfa = try await broker.mfaStanding(of: identity)
            var shown = MayflyAPI.Explanation(
                explanation, of: identity, isAuditor: isAuditor, mfa: MFAState(known: mfa, of: identity))
            if wantsPreview, let preview = try await broker.preview(explanation, of: identity) {
                shown.preview = ServerPreview(preview)
            }
            return try .json(shown)
        }
    }

    private static func subject(_ text: String) throws(Refusal) -> Principal {
        switch Principal(text) {
        case .user(let name)?: return .user(name)
        case .uid(let uid)?: return .uid(uid)
        case .group, .subject, .claims, .anyone, nil:
            throw Refusal(
                .invalidRequest, "as \(text.quoted(limit: 80)) names no user", field: "as",
                hint: "user:NAME or uid:NUMBER")
        }
    }

    private static func moment(_ text: String) throws(Refusal) -> Date {
        guard let date = MayflyJSON.date(from: text) else {
            throw Refusal(
                .invalidRequest, "at \(text.quoted(limit: 40)) is not a moment", field: "at",
                hint: "ISO 8601, such as 2026-07-30T12:00:00Z")
        }
        return date
    }

    /// Who is asked about. Names of others are looked up for auditors only: who exists here is nobody else's business.
    private func identity(
        of subject: Principal?, _ caller: Identity, isAuditor: Bool
    ) async throws(Refusal) -> Identity {
        guard let subject, !subject.matches(caller.ofSocket) else { return caller }
        guard isAuditor else {
            throw Refusal(
                .denied, "what others may have is for auditors and administrators to ask", field: "as",
                hint: "they are named in the configuration: `auditors`, `administrators`")
        }
        do {
            if let found = try await directory.identity(named: subject.description) { return found }
        } catch {
            throw Refusal(.timedOut, "\(error)", field: "as", hint: "try again in a moment")
        }
        throw Refusal(.notFound, "\(subject) is nobody on the broker's host", field: "as")
    }
}
