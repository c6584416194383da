import Foundation
import MayflyCore
import Testing

@Suite("A lockdown, from its beginning to its end")
struct LockdownTests {
    private static let start = Date(milliseconds: 1_763_734_770_000)
    private static let admin = Lease.Requester(user: "dora", uid: 1)
    private static let orders = DatabaseName(unchecked: "orders")
    private static let read = ProfileName(unchecked: "orders-read")

    private func lockdown(_ scope: Lockdown.Scope = .everything, minutes: Double? = nil) -> Lockdown {
        Lockdown(
            scope: scope, reason: Reason(rawValue: "incident 12")!,  // a literal that is one
            by: Self.admin, since: Self.start,
            until: minutes.map { Self.start.addingTimeInterval($0 * 60) }, revokes: false)
    }

    /// `off` or `time` at so many minutes, a line each, with what it did.
    private func play(_ story: String, minutes: Double?) -> String {
        var lockdown = lockdown(minutes: minutes)
        let all = Reason(rawValue: "all clear")!  // a literal that is one
        return story.split(separator: "\n").map { line in
            let words = line.split(separator: " ")
            let at = Self.start.addingTimeInterval((Double(words[0]) ?? 0) * 60)
            let ending: Lockdown.Ending =
                words[1] == "time" ? .time(at: at) : .off(by: Self.admin, reason: all, at: at)
            let change = lockdown.end(ending)
            return "\(words[0]) \(words[1]) \(change) \(lockdown.isInForce ? "in force" : "ended")"
        }.joined(separator: "\n")
    }

    @Test(
        "It ends once: when somebody ends it, or at its time and not before, wherever the clock is set",
        arguments: [
            (
                60.0,
                """
                -60 time impossible in force
                59.9 time impossible in force
                60 time changed ended
                61 time already ended
                61 off already ended
                """
            ),
            (
                60.0,
                """
                1 off changed ended
                60 time already ended
                """
            ),
            (
                nil,
                """
                99999 time impossible in force
                99999 off changed ended
                """
            ),
        ])
    func life(_ minutes: Double?, _ story: String) {
        #expect(play(story, minutes: minutes) == story)
    }

    private func subject(
        _ identity: Identity, database: String = "orders", profile: String = "orders-read",
        people: People = .init()
    ) -> Lockdown.Subject {
        Lockdown.Subject(
            database: DatabaseName(unchecked: database), profile: ProfileName(unchecked: profile),
            requester: .init(identity, person: people.person(of: identity)),
            people: people.everybody(behind: identity))
    }

    private let alice = Identity(uid: 1001, user: "alice", groups: [], pid: nil)
    private let admin = Identity(uid: 1011, user: "alice-adm", groups: [], pid: nil)
    private let bob = Identity(uid: 1002, user: "bob", groups: [], pid: nil)
    private let job = Identity(
        uid: 1011, user: "alice-adm", groups: [], pid: nil,
        token: TokenIdentity(issuer: "github", subject: "repo:acme/orders", expiresAt: .distantFuture))

    @Test("A scope covers what it names, and nothing else")
    func scopes() {
        #expect(Lockdown.Scope.everything.covers(subject(bob)))
        #expect(Lockdown.Scope.database(Self.orders).covers(subject(bob)))
        #expect(!Lockdown.Scope.database(Self.orders).covers(subject(bob, database: "shop")))
        #expect(Lockdown.Scope.profile(Self.read).covers(subject(bob)))
        #expect(!Lockdown.Scope.profile(Self.read).covers(subject(bob, profile: "orders-write")))
    }

    @Test("A user is every identity of the person, also when they only bring a token")
    func people() {
        let people = People([Person(rawValue: "alice"): [.user("alice"), .user("alice-adm")]])
        let scope = Lockdown.Scope.person(
            .init(typed: "alice", person: Person(rawValue: "alice"), identities: ["user:alice"]))
        for identity in [alice, admin, job] { #expect(scope.covers(subject(identity, people: people))) }
        #expect(!scope.covers(subject(bob, people: people)))
    }

    @Test("It goes on to cover who was meant when the configuration names the person otherwise")
    func renamed() {
        let scope = Lockdown.Scope.person(
            .init(typed: "alice", person: Person(rawValue: "uid:1001"), identities: ["uid:1001"]))
        for people in [People(), People([Person(rawValue: "ann"): [.user("alice")]])] {
            #expect(scope.covers(subject(alice, people: people)))
            #expect(!scope.covers(subject(bob, people: people)))
        }
    }

    @Test("A refusal says why, since when and until when, and not by whom")
    func refusal() throws {
        let ends = lockdown(.database(Self.orders), minutes: 60)
        let refusal = ends.refusal(now: Self.start.addingTimeInterval(600))
        #expect(refusal.code == .lockdown)
        #expect(
            refusal.message
                == "there is a lockdown on database orders since 2025-11-21T14:19:30.000Z until"
                + " 2025-11-21T15:19:30.000Z: incident 12")
        #expect(refusal.figures == ["retry_after_seconds": 3000])
        #expect(!"\(refusal)\(refusal.hint ?? "")".contains("dora"))
        // Of several the one that lasts.
        let stops = [ends, lockdown(), lockdown(minutes: 90)].stopping(subject(bob))
        #expect(stops?.until == nil && stops?.scope == .everything)
    }

    @Test("The policy says so before anything else, break-glass included, and explains it")
    func policy() throws {
        let policy = try PolicyWorld.policy()
        let history = History(lockdowns: [lockdown(.profile(PolicyWorld.write))])
        func decide(_ wish: LeaseRequest, _ identity: Identity) -> String {
            PolicyWorld.text(policy.decide(wish, by: identity, history: history, now: PolicyWorld.monday))
        }
        #expect(
            decide(PolicyWorld.wish(PolicyWorld.write, nil, "down", breakGlass: true), PolicyWorld.oncall)
                == "deny lockdown")
        #expect(decide(PolicyWorld.wish(PolicyWorld.write), PolicyWorld.alice) == "deny lockdown")
        #expect(
            decide(PolicyWorld.wish(PolicyWorld.write, PolicyWorld.hours(99 * 24)), PolicyWorld.alice)
                == "deny lockdown")
        #expect(decide(PolicyWorld.wish(PolicyWorld.read), PolicyWorld.alice).hasPrefix("allow"))
        // Who may not have it anyway learns nothing.
        #expect(decide(PolicyWorld.wish(PolicyWorld.write), PolicyWorld.outsider) == "deny denied")
    }
}
