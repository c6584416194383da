import Foundation

/// One thing that a request must bring, and whether it does.
package struct Demand: Sendable, Equatable {
    package enum Kind: String, Sendable { case reason, ticket, mfa }

    package let kind: Kind
    /// What is demanded, as a sentence for people: `a reason of at least 10 characters`.
    package let text: String
    /// Why it is not met; nil when it is.
    package let refusal: Refusal?

    package var isMet: Bool { refusal == nil }
}

extension Requirements {
    /// What they come to for one request.
    /// - Parameter source: what demands it, such as `rule "developers"`.
    func demands(_ request: LeaseRequest, by identity: Identity, now: Date, source: String) -> [Demand] {
        var demands: [Demand] = []
        if let reason {
            demands.append(
                reason.demand(
                    .reason, "a reason", request.reason?.rawValue, source, missing: .reasonRequired,
                    invalid: .reasonInvalid, hint: "say why with --reason"))
        }
        if let ticket {
            demands.append(
                ticket.demand(
                    .ticket, "a ticket", request.ticket?.rawValue, source, missing: .ticketRequired,
                    invalid: .ticketInvalid, hint: "name it with --ticket"))
        }
        if let mfa {
            let text = "a second factor, at most \(HumanDuration.text(seconds: mfa.maxAge)) old"
            demands.append(
                Demand(
                    kind: .mfa, text: text,
                    refusal: mfa.isMet(by: identity, now: now)
                        ? nil
                        : Refusal(
                            .mfaRequired, "\(source) demands \(text)", field: "code",
                            hint: "give a code with --code; `mayfly mfa enroll` sets it up")))
        }
        return demands
    }
}

extension Requirements.Text {
    fileprivate func demand(
        _ kind: Demand.Kind, _ what: String, _ text: String?, _ source: String, missing: Refusal.Code,
        invalid: Refusal.Code, hint: String
    ) -> Demand {
        var wanted = what
        if minimumLength > 1 { wanted += " of at least \(minimumLength) characters" }
        if !patterns.isEmpty {
            wanted += " that fits " + patterns.map { $0.source.quoted(limit: 200) }.joined(separator: " and ")
        }
        return Demand(
            kind: kind, text: wanted,
            refusal: refusal(kind.rawValue, wanted, text, source, missing, invalid, hint))
    }

    private func refusal(
        _ field: String, _ wanted: String, _ text: String?, _ source: String, _ missing: Refusal.Code,
        _ invalid: Refusal.Code, _ hint: String
    ) -> Refusal? {
        guard let text else {
            return Refusal(missing, "\(source) gives it with \(wanted) only", field: field, hint: hint)
        }
        let length = text.count
        // Blanks around it say nothing.
        let said = text.split(whereSeparator: \.isWhitespace).joined(separator: " ").count
        guard said >= minimumLength else {
            return Refusal(
                invalid, "\(source) demands \(wanted); this one has \(min(said, length))", field: field,
                hint: hint)
        }
        guard patterns.allSatisfy({ $0.matches(text) }) else {
            return Refusal(
                invalid, "\(source) demands \(wanted), which \(text.quoted()) does not", field: field,
                hint: hint)
        }
        return nil
    }
}
