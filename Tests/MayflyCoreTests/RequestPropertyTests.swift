import Foundation
import MayflyCore
import Testing

/// Random events in any order, thousands of them: whatever happens, four eyes hold.
@Suite("A request under random events")
struct RequestPropertyTests {
    /// Small and good enough: https://prng.di.unimi.it/splitmix64.c
    struct Dice: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    static let members = RequestTranscript.cast.values.sorted { $0.uid < $1.uid }

    @Test(
        "No lease without a decision, four eyes, and each step's count of distinct people", arguments: 0..<40)
    func invariants(seed: UInt64) throws {
        var dice = Dice(state: seed)
        var reached: Set<AccessRequest.State> = []
        for _ in 0..<50 { reached.insert(try live(&dice)) }
        // Otherwise nothing was tried.
        #expect(reached.isSuperset(of: [.issued, .expired, .denied]))
    }

    private func terms(_ dice: inout Dice) -> ApprovalTerms {
        let groups = ["owners", "security", "oncall", "managers"]
        let steps = (0..<Int.random(in: 1...3, using: &dice)).map { index in
            ApprovalStep(
                name: "step \(index)",
                approvers: (0...1).map { _ in .group(groups.randomElement(using: &dice) ?? "owners") },
                count: Int.random(in: 1...3, using: &dice),
                escalations: (0..<Int.random(in: 0...2, using: &dice)).map {
                    .init(after: 600 * ($0 + 1), to: [.group(groups.randomElement(using: &dice) ?? "oncall")])
                })
        }
        return ApprovalTerms(steps: steps, pendingFor: 7200, redeemWithin: 1800)
    }

    /// - Returns: where it stands in the end.
    private func live(_ dice: inout Dice) throws -> AccessRequest.State {
        var request = try RequestTranscript(terms(&dice)).request
        var now = RequestTranscript.start
        var redemptions = 0
        for _ in 0..<60 {
            // Forwards mostly, and sometimes the clock is set back.
            now = now.addingTimeInterval(TimeInterval(Int.random(in: -120...420, using: &dice)))
            let before = request
            let member = Self.members.randomElement(using: &dice) ?? Self.members[0]
            switch Int.random(in: 0...9, using: &dice) {
            case 0...4:
                _ = request.vote(
                    Ballot(.approve, by: member), people: RequestTranscript.people, inForce: nil, now: now)
            case 5:
                // Seldom: it ends everything.
                guard Int.random(in: 0...9, using: &dice) == 0 else { continue }
                _ = request.vote(
                    Ballot(.deny, by: member), people: RequestTranscript.people, inForce: nil, now: now)
            case 6: _ = request.tick(now: now)
            case 7:
                if request.redeem(LeaseID(), by: member, now: now) == .redeemed {
                    redemptions += 1
                    #expect(member.user == "alice")
                    #expect(before.state == .approved)
                }
            case 8: _ = request.issued()
            default:
                guard Int.random(in: 0...9, using: &dice) == 0 else { continue }
                _ = request.withdraw(now: now)
            }
            try check(request, after: before)
        }
        #expect(redemptions <= 1)
        return request.state
    }

    private func check(_ request: AccessRequest, after before: AccessRequest) throws {
        let course = try #require(request.course)
        let terms = course.terms
        // A final state is final, and nothing that was said is unsaid.
        if before.state.isFinal { #expect(request == before) }
        #expect(course.votes.starts(with: before.course?.votes ?? []))
        let people = course.votes.filter { $0.verdict == .approve }.map {
            RequestTranscript.people.person(of: $0.identity)
        }
        #expect(Set(people).count == people.count, "somebody counted twice")
        #expect(!people.contains(Person(rawValue: "alice")), "the requester approved")
        for vote in course.votes {
            let step = terms.steps[vote.step]
            let all = step.approvers + step.escalations.flatMap(\.to)
            #expect(all.contains { $0.matches(vote.identity) } || vote.verdict == .deny)
        }
        if request.leaseID != nil || request.state == .approved || request.state == .issued {
            for (index, step) in terms.steps.enumerated() {
                let voters = Set(
                    course.votes.filter { $0.step == index && $0.verdict == .approve }.map(\.person))
                #expect(voters.count >= step.count, "\(step.name) was not decided")
            }
            #expect(!course.votes.contains { $0.verdict == .deny })
        }
        if request.state == .pending || (request.state == .approved && request.leaseID == nil) {
            #expect(request.dueAt != nil, "it would wait for ever")
        } else {
            #expect(request.dueAt == nil)
        }
    }
}
