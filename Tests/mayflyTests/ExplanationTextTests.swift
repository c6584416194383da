import Foundation
import MayflyAPI
import Testing

@testable import mayfly

@Suite struct ExplanationTextTests {
    private static let now = Date(timeIntervalSince1970: 1_772_445_600)

    private static func explanation(_ decision: Decision, steps: [ExplainedStep] = []) -> Explanation {
        Explanation(
            profile: "orders-write", requester: "alice", person: "alice", at: now, decision: decision,
            breakGlass: false, rule: "on-call", code: decision == .deny ? "ticket_required" : nil,
            detail: decision == .deny ? "rule \"on-call\" gives it with a ticket only" : nil, ttlSeconds: 900,
            ttlMaximumSeconds: 3600,
            rules: [
                ExplainedRule(number: 1, decides: false, why: "names other people"),
                ExplainedRule(number: 2, name: "on-call\u{1b}[2J", decides: true, why: "decides"),
            ],
            demands: [ExplainedDemand(kind: "ticket", text: "a ticket", met: decision != .deny)],
            steps: steps,
            pendingForSeconds: steps.isEmpty ? nil : 86_400, redeemWithinSeconds: steps.isEmpty ? nil : 3600,
            flags: [RequestFlag(kind: "first_request", figures: ["earlier": 0])])
    }

    @Test("An explanation reads from the decision to what led there, and steers no terminal")
    func text() {
        var text = ExplanationText(Self.explanation(.deny))
        text.time = LocalTime(now: Self.now, calendar: Calendar(identifier: .gregorian))
        let lines = text.lines
        #expect(lines[0] == "decision   not given")
        #expect(lines.contains("ttl        15m, at most 1h"))
        #expect(lines.contains("    1. (about others) names other people"))
        #expect(lines.contains { $0.contains("▶ 2. \"on-call") && !$0.contains("\u{1b}") })
        #expect(lines.contains("  ✗ a ticket"))
        #expect(lines.contains("  first_request (earlier 0)"))
    }

    @Test("Who would approve is said step by step, with who is added when nobody answers")
    func steps() {
        let step = ExplainedStep(
            name: "owner", approvers: ["group:owners", "user:bob"], count: 2, mfa: true,
            escalations: [ExplainedEscalation(afterSeconds: 900, to: ["group:leads"])])
        let lines = ExplanationText(Self.explanation(.needsApproval, steps: [step])).lines
        #expect(lines[0] == "decision   given when people have approved")
        #expect(lines.contains("  1. owner: 2 of group:owners, user:bob, with a second factor"))
        #expect(lines.contains("     after 15m also group:leads"))
        #expect(lines.contains("  waits at most 1d; once approved it is redeemed within 1h"))
    }

    @Test("Who would review break-glass is said, also where a rule names nobody for it")
    func review() {
        var explanation = Self.explanation(.allow)
        #expect(!ExplanationText(explanation).lines.contains("review"))
        explanation.reviewWithinSeconds = 86_400
        #expect(
            ExplanationText(explanation).lines.contains(
                "  by auditors and administrators, within 1d of the issue"))
        explanation.reviewers = ["group:security", "user:bob"]
        #expect(
            ExplanationText(explanation).lines.contains(
                "  by group:security, user:bob, within 1d of the issue"))
    }

    @Test("A time ahead is a moment, a time of the day, or in so long")
    func future() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        func at(_ text: String) throws -> Double {
            try FutureTime.date(text, now: Self.now, calendar: calendar).timeIntervalSince(Self.now)
        }
        #expect(try at("3h") == 3 * 3600)
        #expect(try at("11:00") == 3600)
        #expect(try at("09:00") == 23 * 3600)
        #expect(try at("2026-03-02T11:00:00+01:00") == 0)
        #expect(throws: HumanTimeError.self) { try at("soon") }
    }
}
