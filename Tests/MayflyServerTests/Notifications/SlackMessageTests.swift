import Foundation
import MayflyAPI
import Testing

@testable import MayflyServer

@Suite struct SlackMessageTests {
    private func object(reason: String, summary: String = "s") throws -> [String: Any] {
        let message = NotificationMessage(
            version: 1, id: "i", event: .requested, at: Date(), installation: "test",
            actor: AuditActor(user: "<@U123>"), summary: summary, recipients: ["group:<!here>"],
            request: NotifiedRequest(
                id: "r", state: .pending, profile: "orders-read", requester: "alice", reason: reason),
            details: [:])
        let body = try MayflyJSON.encoder().encode(SlackMessage(message))
        return try #require(try JSONSerialization.jsonObject(with: body) as? [String: Any])
    }

    /// Every text in it.
    private func texts(_ value: Any) -> [String] {
        if let text = value as? String { return [text] }
        if let object = value as? [String: Any] { return object.values.flatMap(texts) }
        if let array = value as? [Any] { return array.flatMap(texts) }
        return []
    }

    @Test(
        "What people write calls nobody, links nowhere and is not marked up",
        arguments: [
            "<!channel> now", "<!everyone|all>", "<https://evil.example|log in here>", "&lt;!channel&gt;",
            "`rm -rf` *bold* _it_ ~no~", "@channel @here", "a\u{202E}b\u{0007}c",
        ])
    func attack(reason: String) throws {
        let object = try object(reason: reason, summary: "alice asks: \(reason)")
        for text in texts(object) {
            #expect(!text.contains("<") && !text.contains(">"), "\(text)")
            #expect(!text.unicodeScalars.contains { $0.properties.generalCategory == .control })
            #expect(!text.contains("\u{202E}"))
        }
        // Without these Slack would make mentions of @names, links of addresses, and bold of stars.
        #expect(object["parse"] as? String == "none")
        #expect(object["link_names"] as? Int == 0)
        #expect(object["mrkdwn"] as? Bool == false)
        let blocks = try #require(object["blocks"] as? [[String: Any]])
        for block in blocks {
            let elements =
                [block["text"]].compactMap { $0 as? [String: Any] }
                + (block["fields"] as? [[String: Any]] ?? [])
            #expect(elements.allSatisfy { $0["type"] as? String == "plain_text" })
            #expect(!elements.isEmpty && elements.count <= 10)
        }
    }

    @Test("An entity that somebody wrote stays what they wrote")
    func entities() throws {
        let texts = texts(try object(reason: "a &lt; b"))
        #expect(texts.contains("Reason: a &amp;lt; b"))
    }

    @Test("However long the words are, it stays within Slack's limits")
    func long() throws {
        let object = try object(
            reason: String(repeating: "<", count: 2000), summary: String(repeating: "&", count: 5000))
        for text in texts(object) { #expect(text.count <= 3000) }
        for field in (object["blocks"] as? [[String: Any]])?.last?["fields"] as? [[String: Any]] ?? [] {
            #expect((field["text"] as? String ?? "").count <= 2000)
        }
    }
}
