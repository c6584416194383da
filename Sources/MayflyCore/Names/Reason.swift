/// Why somebody wants access, in their words: at most 2,000 characters in one line.
package struct Reason: RawRepresentable, Hashable, Sendable, Codable {
    package static let limit = 2000
    package let rawValue: String

    package init?(rawValue: String) {
        guard (try? Self.check(rawValue, "reason", .reasonInvalid, limit: Self.limit)) != nil else {
            return nil
        }
        self.rawValue = rawValue
    }

    /// - Throws: `Refusal` with `reason_invalid` for an empty text, a control character or too many characters.
    package init(parsing text: String) throws(Refusal) {
        try Self.check(text, "reason", .reasonInvalid, limit: Self.limit)
        rawValue = text
    }

    static func check(_ text: String, _ field: String, _ code: Refusal.Code, limit: Int) throws(Refusal) {
        let count = text.unicodeScalars.count
        guard count <= limit else {
            throw Refusal(
                code, "\(field) has \(count) characters", field: field, hint: "at most \(limit) are kept")
        }
        guard text.contains(where: { !$0.isWhitespace }) else {
            throw Refusal(code, "\(field) is empty", field: field, hint: "leave it out, or say something")
        }
        // A new line could forge a line of somebody's log, a right-to-left mark what an approver reads.
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            // The guard refuses no more than these (`check_text`): what is taken here is not refused there.
            case .control, .lineSeparator, .paragraphSeparator, .surrogate, .format:
                throw Refusal(
                    code,
                    "\(field) \(text.quoted()) contains U+\(String(scalar.value, radix: 16, uppercase: true))",
                    field: field, hint: "one line without control characters")
            default: continue
            }
        }
    }
}

/// The ticket that a request belongs to: at most 200 characters in one line.
package struct Ticket: RawRepresentable, Hashable, Sendable, Codable {
    package static let limit = 200
    package let rawValue: String

    package init?(rawValue: String) {
        guard (try? Reason.check(rawValue, "ticket", .ticketInvalid, limit: Self.limit)) != nil else {
            return nil
        }
        self.rawValue = rawValue
    }

    /// - Throws: `Refusal` with `ticket_invalid`.
    package init(parsing text: String) throws(Refusal) {
        try Reason.check(text, "ticket", .ticketInvalid, limit: Self.limit)
        rawValue = text
    }
}
