import Foundation
import MayflyCore
import Testing

private typealias World = PolicyWorld

@Suite("Segregation of duties")
struct ConflictTests {
    private static let four = Conflict(
        name: "four hours", profiles: [World.read, World.write], within: 4 * 3600)
    private static let together = Conflict(name: "never together", profiles: [World.read, World.write])
    private static func ended(_ profile: ProfileName, _ hoursAgo: Double) -> History {
        History(ended: [profile: World.monday.addingTimeInterval(-hoursAgo * 3600)])
    }

    private static func held(_ profile: ProfileName, active: Bool = true) -> History {
        History(held: [.init(profile, countsAsActive: active)])
    }

    @Test(
        "Nobody holds conflicting profiles together, or within the time between them",
        arguments: [
            (four, History(), true, "nothing held"), (four, held(World.write), false, "the other is held"),
            (
                four, held(World.write, active: false), false,
                "the other is being revoked: it may still give access"
            ),
            (four, held(World.read), true, "the same profile is no conflict"),
            (four, held(World.audit), true, "a profile outside the set"),
            (four, ended(World.write, 3.99), false, "the other ended a moment ago"),
            (four, ended(World.write, 4), true, "the other ended long ago"),
            (four, ended(World.read, 1), true, "the same ended"),
            (four, ended(World.write, -2), false, "the other ends in our future: the clock was set back"),
            (together, ended(World.write, 0.001), true, "it has ended, which is enough here"),
            (together, held(World.write), false, "held is held"),
        ] as [(Conflict, History, Bool, String)])
    func conflicts(_ conflict: Conflict, _ history: History, _ isGiven: Bool, _ story: String) throws {
        let policy = try World.policy([conflict])
        let decision = policy.decide(
            World.wish(World.read), by: World.alice, history: history, now: World.monday)
        #expect(
            World.text(decision) == (isGiven ? "allow office hours 1h/1d" : "deny conflicting_duties"),
            "\(story)")
    }

    @Test("The refusal says what stands in the way, and for how long")
    func says() throws {
        let limits = AdmissionLimits(
            profile: World.read, quota: Quota(perPerson: 1, total: 1), conflicts: [Self.four])
        let refusal = limits.refusal(Self.ended(World.write, 1), now: World.monday)
        #expect(
            refusal?.message.contains("orders-write") == true
                && refusal?.message.contains("four hours") == true)
        #expect(refusal?.figures == ["retry_after_seconds": 3 * 3600])
        #expect(refusal?.hint == "ask again in 3h")
    }

    @Test("What has to be known is asked for, and no more")
    func query() throws {
        let person = Person(World.alice)
        var limits = AdmissionLimits(profile: World.read, quota: Quota(perPerson: 1, total: 1))
        #expect(limits.history(of: Identities(person), at: World.monday).conflictsWithin == nil)
        #expect(!limits.history(of: Identities(person), at: World.monday).wantsRequestsInHour)
        limits.conflicts = [Self.together, Self.four]
        limits.requestsPerHour = 3
        #expect(limits.history(of: Identities(person), at: World.monday).conflictsWithin == 4 * 3600)
        #expect(limits.history(of: Identities(person), at: World.monday).wantsRequestsInHour)
        #expect(!limits.ofRedemption.history(of: Identities(person), at: World.monday).wantsRequestsInHour)
    }
}
