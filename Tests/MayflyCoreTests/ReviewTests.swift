import Foundation
import MayflyCore
import Testing

@Suite("A review of break-glass, as transcripts")
struct ReviewTests {
    private static let start = Date(milliseconds: 1_763_734_770_000)
    private static let people = People([
        Person(rawValue: "bob"): [.user("bob"), .user("bob-adm")]
    ])
    private static let cast: [String: Identity] = [
        "bob": RequestTranscript.member("bob", 1002, "on-call"),
        "bob-adm": RequestTranscript.member("bob-adm", 1012, "reviewers", "dba"),
        "rita": RequestTranscript.member("rita", 1020, "reviewers"),
        "ron": RequestTranscript.member("ron", 1021, "reviewers", "leaving"),
        "dora": RequestTranscript.member("dora", 1022, "dba"),
        "eve": RequestTranscript.member("eve", 1023),
        "robot": Identity(
            uid: 1024, user: "runner", groups: ["reviewers", "dba"], pid: nil,
            token: TokenIdentity(issuer: "github", subject: "repo:acme/bot", expiresAt: .distantFuture)),
    ]

    private func review(suspends: Bool = false) -> Review {
        let bob = Self.cast["bob"]!  // in the table above
        return Review(
            id: ReviewID(), leaseID: LeaseID(), requestID: RequestID(), identity: bob,
            person: Self.people.person(of: bob), database: DatabaseName(unchecked: "orders"),
            profile: ProfileName(unchecked: "orders-write"), rule: "emergency",
            terms: ReviewTerms(reviewers: [.group("reviewers")], dueWithin: 86_400, suspends: suspends),
            createdAt: Self.start, dueAt: Self.start.addingTimeInterval(86_400), overdueAt: nil,
            nagAt: Self.start.addingTimeInterval(86_400), finding: nil)
    }

    /// `HOURh WHO says VERDICT NOTE` or `HOURh time passes`, and what came of it.
    private func play(_ story: String, inForce: [Principal]? = [.group("reviewers")]) -> String {
        var review = review()
        return story.split(separator: "\n").map { line in
            let head = String(line.prefix(34))
            let words = head.split(separator: " ").map(String.init)
            let now = Self.start.addingTimeInterval((Double(words[0].dropLast()) ?? 0) * 3600)
            let came: String
            if words[1] == "time" {
                came = review.tick(now: now) ? "said to be overdue" : "nothing"
            } else {
                let who = Self.cast[words[1]]!  // in the table above
                let outcome = review.conclude(
                    Review.Verdict(rawValue: words[3])!,  // one of the two
                    note: Reason(rawValue: "seen")!, by: who,  // a text that is one
                    people: Self.people, inForce: inForce,
                    isAuditor: who.groups.contains("dba"), now: now)
                switch outcome {
                case .done: came = "counts"
                case .already: came = "counted already"
                case .refused(.over(let finding)):
                    came = "refused: \(finding.by.user) said \(finding.verdict)"
                case .refused(let why): came = "refused: \(why)"
                }
            }
            return head.padding(toLength: 34, withPad: " ", startingAt: 0)
                + "\(came), \(review.state(at: now))"
        }.joined(separator: "\n")
    }

    @Test(
        "One verdict by somebody else, never by the same person with another account, a job or who has no say",
        arguments: [
            """
            1h bob says justified             refused: own, open
            1h bob-adm says justified         refused: own, open
            1h robot says justified           refused: machine, open
            1h eve says justified             refused: notReviewer, open
            2h rita says unjustified          counts, done
            2h rita says unjustified          counted already, done
            3h rita says justified            refused: rita said unjustified, done
            3h dora says justified            refused: rita said unjustified, done
            4h bob says justified             refused: own, done
            99h time passes                   nothing, done
            """,
            """
            23h time passes                   nothing, open
            23h dora says justified           counts, done
            """,
            """
            24h time passes                   said to be overdue, overdue
            25h time passes                   nothing, overdue
            2h time passes                    nothing, overdue
            47h time passes                   nothing, overdue
            48h time passes                   said to be overdue, overdue
            49h bob-adm says justified        refused: own, overdue
            49h rita says justified           counts, done
            72h time passes                   nothing, done
            """,
        ])
    func story(_ story: String) { #expect(play(story) == story) }

    @Test("Edits of the rule take the right to review away, and never give it; auditors may always")
    func edits() {
        let changed = """
            1h rita says justified            refused: notReviewer, open
            1h eve says justified             refused: notReviewer, open
            2h ron says justified             counts, done
            """
        #expect(play(changed, inForce: [.group("leaving"), .user("eve")]) == changed)
        let gone = """
            1h rita says justified            refused: notReviewer, open
            2h dora says justified            counts, done
            """
        #expect(play(gone, inForce: nil) == gone)
    }

    @Test("Who turns out to be the same person later is the same person")
    func laterKnown() {
        var review = review()
        let people = People([Person(rawValue: "bobby"): [.user("bob"), .user("rita")]])
        let rita = Self.cast["rita"]!  // in the table above
        let outcome = review.conclude(
            .justified, note: Reason(rawValue: "seen")!, by: rita,  // a text that is one
            people: people, inForce: [.group("reviewers")], isAuditor: false, now: Self.start)
        #expect(outcome == .refused(.own))
    }

    @Test("An overdue review suspends where its terms or the rule in force say so, and is named")
    func suspension() {
        let late = Self.start.addingTimeInterval(86_400)
        let (plain, strict) = (review(), review(suspends: true))
        func refusal(_ reviews: [Review], _ suspends: Bool, at now: Date) -> Refusal? {
            var history = History()
            history.note(reviews, now: now)
            return ReviewTerms(suspends: suspends).suspension(history)
        }
        #expect(refusal([plain, strict], true, at: Self.start) == nil)
        #expect(refusal([plain], false, at: late) == nil)
        #expect(refusal([plain], true, at: late)?.message.contains(plain.id.rawValue) == true)
        let named = refusal([plain, strict], false, at: late)
        #expect(named?.code == .denied && named?.field == "break_glass")
        #expect(named?.message.contains(strict.id.rawValue) == true)
        #expect(named?.hint?.contains(strict.id.rawValue) == true)
    }
}
