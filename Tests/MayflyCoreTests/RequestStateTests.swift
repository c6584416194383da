import Foundation
import MayflyCore
import Testing

@Suite("A request's life, as transcripts")
struct RequestStateTests {
    private func expect(
        _ story: String, _ transcript: RequestTranscript? = nil, _ location: SourceLocation = #_sourceLocation
    ) throws {
        var transcript = try transcript ?? RequestTranscript()
        #expect(try transcript.play(story) == story, sourceLocation: location)
    }

    @Test("The owner approves, then security; its requester redeems it, once")
    func story() throws {
        try expect(
            """
            0m     eve approves              refused: notApprover
            1m     sam approves              refused: notApprover
            2m     carol approves            security is next
            3m     alice redeems             refused: is pending
            4m     sam approves              approved
            5m     bob redeems               refused: notYours
            6m     alice redeems             redeemed
            6m     alice redeems             refused: already
            6m     lease made                changed: issued
            7m     alice redeems             refused: already
            7m     alice withdraws           impossible: issued
            7m     rule denies               impossible: issued
            """)
    }

    @Test("Nobody approves or denies their own request, by whatever identity of theirs")
    func ownRequest() throws {
        try expect(
            """
            0m     alice approves            refused: ownRequest
            0m     alice-adm approves        refused: ownRequest
            0m     alice-adm denies          refused: ownRequest
            1m     carol approves            security is next
            2m     alice-adm approves        refused: ownRequest
            """)
    }

    @Test("One person counts once, in one step only, in however many groups and by whatever identity")
    func once() throws {
        try expect(
            """
            0m     bob approves              security is next
            0m     bob approves              refused: counted for owner
            0m     bob-adm approves          refused: counted for owner
            1m     sam approves              approved
            """)
    }

    @Test("A step's count is one of distinct people")
    func count() throws {
        var owner = RequestTranscript.owner
        owner.count = 2
        try expect(
            """
            0m     bob approves              counted, 1 more
            0m     bob approves              already counted
            0m     bob-adm approves          already counted
            1m     carol approves            security is next
            """, RequestTranscript(ApprovalTerms(steps: [owner, RequestTranscript.security])))
    }

    @Test("One denial ends it, at any step and by an approver of any step")
    func denial() throws {
        try expect(
            """
            0m     eve denies                refused: notApprover
            1m     sam denies                denied
            2m     carol approves            refused: is denied
            3m     alice redeems             refused: is denied
            4m     alice withdraws           impossible: denied
            """)
        try expect(
            """
            0m     carol approves            security is next
            1m     carol denies              denied
            """)
    }

    @Test(
        "A step that nobody decides gets more approvers, level by level, and begins anew with the next step")
    func escalation() throws {
        try expect(
            """
            0m     oscar approves            refused: notApprover
            14m    time passes               nothing
            15m    time passes               escalated to group:oncall
            16m    time passes               nothing
            17m    mia approves              refused: notApprover
            18m    oscar approves            security is next
            90m    time passes               nothing
            91m    oscar approves            refused: counted for owner
            """)
        // After a long night all that is due comes at once.
        try expect(
            """
            120m   time passes               escalated to group:oncall, group:managers
            121m   mia approves              security is next
            """)
    }

    @Test("Nothing is approved after its time, nor redeemed after its window, whoever noticed it first")
    func expiry() throws {
        try expect(
            """
            0m     carol approves            security is next
            1440m  sam approves              refused: late
            1440m  time passes               expired
            1441m  sam approves              refused: is expired
            1441m  alice redeems             refused: is expired
            """)
        try expect(
            """
            0m     carol approves            security is next
            10m    sam approves              approved
            70m    alice redeems             refused: late
            70m    time passes               expired
            """)
    }

    @Test("For a request time never goes back: a clock that was set back gives nobody more of it")
    func clockSetBack() throws {
        try expect(
            """
            1m     carol approves            security is next
            1439m  time passes               nothing
            0m     sam approves              approved
            61m    alice redeems             refused: late
            """)
    }

    @Test("What is withdrawn or stopped is over, approved or not")
    func ends() throws {
        try expect(
            """
            0m     alice withdraws           changed: withdrawn
            0m     alice withdraws           already: withdrawn
            1m     carol approves            refused: is withdrawn
            1m     time passes               nothing
            """)
        try expect(
            """
            0m     carol approves            security is next
            1m     sam approves              approved
            2m     rule denies               changed: denied
            3m     alice redeems             refused: is denied
            """)
    }

    @Test("When the lease could not be made, it may be redeemed again within its window")
    func failedLease() throws {
        try expect(
            """
            0m     carol approves            security is next
            1m     sam approves              approved
            2m     alice redeems             redeemed
            2m     alice withdraws           impossible: approved
            3m     lease failed              changed: approved
            4m     alice redeems             redeemed
            70m    time passes               nothing
            71m    lease failed              changed: approved
            71m    time passes               expired
            """)
    }

    @Test("A start in the future: approved before, redeemed from then on; policy's own yes waits for it too")
    func start() throws {
        let start = RequestTranscript.start.addingTimeInterval(7200)
        try expect(
            """
            0m     carol approves            security is next
            1m     sam approves              approved
            119m   alice redeems             refused: tooEarly
            120m   alice redeems             redeemed
            """.replacing("tooEarly", with: "too early"), RequestTranscript(startAt: start))
        try expect(
            """
            0m     alice redeems             refused: too early
            179m   alice redeems             redeemed
            """, RequestTranscript(ApprovalTerms(steps: []), startAt: start))
    }

    @Test("An extension is carried out when it is approved, by nobody's redeeming")
    func extending() throws {
        let to = RequestTranscript.start.addingTimeInterval(7200)
        try expect(
            """
            0m     carol approves            security is next
            0m     time passes               nothing
            1m     sam approves              approved
            1m     alice redeems             refused: isExtension
            1m     time passes               extend the lease
            2m     lease made                changed: issued
            2m     time passes               nothing
            """, RequestTranscript(extends: .init(lease: LeaseID(), to: to)))
    }

    @Test("An approver who lost the right can no longer approve; a later edit gives nobody a right")
    func inForce() throws {
        var transcript = try RequestTranscript()
        transcript.inForce = ApprovalTerms(steps: [
            ApprovalStep(name: "owner", approvers: [.user("bob"), .user("eve")]), RequestTranscript.security,
        ])
        try expect(
            """
            0m     carol approves            refused: notApprover
            0m     eve approves              refused: notApprover
            0m     bob approves              security is next
            """, transcript)
    }

    @Test("A step that was renamed in force takes nobody who is no approver by now, and gives nobody a right")
    func renamedInForce() throws {
        var transcript = try RequestTranscript()
        transcript.inForce = ApprovalTerms(steps: [
            ApprovalStep(name: "lead", approvers: [.user("bob"), .user("eve")]), RequestTranscript.security,
        ])
        try expect(
            """
            0m     carol approves            refused: notApprover
            0m     eve approves              refused: notApprover
            0m     bob approves              security is next
            """, transcript)
        transcript = try RequestTranscript()
        transcript.inForce = ApprovalTerms(steps: [])
        try expect("0m     carol approves            refused: notApprover", transcript)
    }

    @Test("Who turns out to be one person counts once, also with what was said before that was known")
    func merged() throws {
        var transcript = try RequestTranscript()
        #expect(try transcript.play("0m  carol approves  ?").hasSuffix("security is next"))
        transcript.people = People([Person(rawValue: "x"): [.user("carol"), .user("sam")]])
        try expect("1m     sam approves              refused: counted for owner", transcript)
        transcript.people = People([Person(rawValue: "x"): [.user("carol"), .user("alice")]])
        // The owner's step waits again: what the requester said herself is nothing.
        try expect(
            """
            1m     sam approves              refused: notApprover
            2m     bob approves              security is next
            3m     sam approves              approved
            """, transcript)
    }

    @Test("An authority's word counts where the rule names it, for the people whom it names")
    func authority() throws {
        var request = try RequestTranscript().request
        let carol = try #require(RequestTranscript.cast["carol"])
        let alice = try #require(RequestTranscript.cast["alice-adm"])
        func vote(_ identity: Identity, _ authority: String) -> AccessRequest.VoteOutcome {
            request.vote(
                Ballot(.approve, by: identity, authority: authority), people: RequestTranscript.people,
                inForce: nil, now: RequestTranscript.start)
        }
        #expect(vote(carol, "portal") == .refused(.authorityUnknown))
        #expect(vote(alice, "chat") == .refused(.ownRequest))
        #expect(vote(carol, "chat") == .stepDone(next: 1))
        #expect(request.course?.votes.first?.authority == "chat")
    }

    @Test("A step that demands a second factor takes no vote without one")
    func factor() throws {
        var owner = RequestTranscript.owner
        owner.mfa = true
        var request = try RequestTranscript(ApprovalTerms(steps: [owner])).request
        let carol = try #require(RequestTranscript.cast["carol"])
        func vote(_ proven: Bool) -> AccessRequest.VoteOutcome {
            request.vote(
                Ballot(.approve, by: carol, isProven: proven), people: RequestTranscript.people, inForce: nil,
                now: RequestTranscript.start)
        }
        #expect(vote(false) == .refused(.factorMissing))
        #expect(vote(true) == .approved)
    }
}
