import MayflyAPI

/// A notification as Slack's incoming webhooks take it (https://docs.slack.dev/messaging/formatting-message-text).
///
/// What people wrote is text here and nothing more: `&`, `<` and `>` are escaped, without which there is no mention
/// (`<!channel>`) and no link; what may be marked up stands in `plain_text`, where backticks and stars mean nothing; and
/// nothing that turns the reading order around is left.
struct SlackMessage: Encodable {
    /// Slack refuses a section's text of more than 3,000 characters, and a field's of more than 2,000; escaping makes a
    /// character five at most.
    private static let most = 590
    private static let mostInField = 380

    struct Text: Encodable {
        var type = "plain_text"
        var text: String
        var emoji = false
    }

    struct Block: Encodable {
        var type = "section"
        var text: Text?
        var fields: [Text]?
    }

    /// What a phone shows; not marked up, and names in it are no mentions.
    var text: String
    var mrkdwn = false
    var parse = "none"
    var linkNames = 0
    var blocks: [Block]

    private enum CodingKeys: String, CodingKey {
        case text, mrkdwn, parse, blocks
        case linkNames = "link_names"
    }

    init(_ message: NotificationMessage) {
        text = Self.escaped(message.summary, Self.most)
        var facts: [(String, String?)] = [
            ("Reason", message.request?.reason ?? message.reason),
            ("Ticket", message.request?.ticket), ("Request", message.request?.id),
            ("Lease", message.lease?.id), ("Role", message.lease?.role),
            ("Ends", message.lease.map { MayflyJSON.string(from: $0.expiresAt) }),
            ("Rule", message.request?.rule),
            ("For", message.recipients.isEmpty ? nil : message.recipients.joined(separator: ", ")),
            ("Installation", message.installation),
        ]
        facts.removeAll { $0.1 == nil }
        blocks = [
            Block(text: Text(text: text)),
            Block(
                fields: facts.map { name, value in
                    Text(text: "\(name): \(Self.escaped(value ?? "", Self.mostInField))")
                }),
        ]
    }

    static func escaped(_ text: String, _ most: Int) -> String {
        let plain = text.printable
        let cut = plain.count > most ? String(plain.prefix(most)) + "…" : plain
        return cut.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
