import Foundation
import MayflyCore
import Testing

@Suite("The policy")
struct PolicyTests {
    private let now = Date(milliseconds: 1_763_734_770_000)
    private let read = ProfileName(unchecked: "orders-read")
    private let write = ProfileName(unchecked: "orders-write")
    private let alice = Identity(uid: 1001, user: "alice", groups: ["developers", "on-call"], pid: 1)
    private let bob = Identity(uid: 1002, user: "bob", groups: ["guests"], pid: 2)

    private func profile(
        _ name: ProfileName, reasonRequired: Bool = false, retired: Bool = false
    ) throws -> Profile {
        Profile(
            name: name, database: DatabaseName(unchecked: "orders"),
            ttl: .init(default: try TTL(seconds: 1800), max: try TTL(seconds: 8 * 3600)), memberOf: ["r"],
            reasonRequired: reasonRequired, retired: retired)
    }

    private func policy(_ rules: [AccessRule], _ profiles: [Profile]) -> Policy {
        Policy(rules: rules, profiles: Dictionary(uniqueKeysWithValues: profiles.map { ($0.name, $0) }))
    }

    private func wish(_ profile: ProfileName, seconds: Int? = nil, reason: String? = nil) throws
        -> LeaseRequest
    {
        LeaseRequest(
            profile: profile, ttl: try seconds.map { seconds in try TTL(seconds: seconds) },
            reason: try reason.map { reason in try Reason(parsing: reason) }, ticket: nil)
    }

    private func refusal(_ decision: Decision) -> Refusal? {
        if case .deny(let refusal) = decision { refusal } else { nil }
    }

    private func grant(_ decision: Decision) -> Grant? {
        if case .allow(let grant) = decision { grant } else { nil }
    }

    @Test("Without a rule the answer is no")
    func defaultDeny() throws {
        let none = policy([], [try profile(read)])
        #expect(refusal(none.decide(try wish(read), by: alice, now: now))?.code == .denied)
        let empty = policy(
            [AccessRule(name: "nobody", who: [], profiles: ["orders-read"])], [try profile(read)])
        #expect(refusal(empty.decide(try wish(read), by: alice, now: now))?.code == .denied)
        #expect(empty.offers(to: alice, now: now).isEmpty)
    }

    @Test("A profile that is unknown, retired or not for the caller gets the same answer")
    func sameAnswer() throws {
        let rules = [AccessRule(name: "devs", who: [.group("developers")], profiles: ["orders-*"])]
        let retired = policy(rules, [try profile(read, retired: true)])
        let known = policy(rules, [try profile(read)])
        let answers = try [
            known.decide(wish(read), by: bob, now: now),
            retired.decide(wish(read), by: alice, now: now),
            known.decide(wish(write), by: alice, now: now),
        ].map { decision in
            refusal(decision).map {
                $0.message.replacing("orders-write", with: "orders-read").replacing("bob", with: "alice")
            }
        }
        #expect(Set(answers).count == 1)
        #expect(answers[0] != nil)
    }

    @Test("The first rule that names caller and profile decides, also when a later one gives more")
    func firstMatch() throws {
        let short = try TTL(seconds: 600)
        let rules = [
            AccessRule(name: "others", who: [.user("carol")], profiles: ["orders-read"]),
            AccessRule(name: "elsewhere", who: [.anyone], profiles: ["orders-write"]),
            AccessRule(
                name: "short", who: [.group("on-call")], profiles: ["orders-read"],
                limits: .init(maxTTL: short)),
            AccessRule(name: "long", who: [.group("developers")], profiles: ["orders-read"]),
        ]
        let policy = policy(rules, [try profile(read)])
        let grant = try #require(grant(policy.decide(try wish(read), by: alice, now: now)))
        #expect(grant.rule == "short")
        // The profile's default is above the rule's maximum: the maximum is given.
        #expect(grant.ttl == short)
        #expect(grant.maximum == short)
        #expect(policy.offers(to: alice, now: now).map(\.grant) == [grant])
    }

    @Test("Above the maximum the refusal names it and the rule; a rule never raises the profile's")
    func maximum() throws {
        let rules = [
            AccessRule(
                name: "hour", who: [.uid(1001)], profiles: ["orders-read"],
                limits: .init(maxTTL: try TTL(seconds: 3600))),
            AccessRule(
                name: "month", who: [.uid(1002)], profiles: ["orders-read"], limits: .init(maxTTL: .ceiling)),
        ]
        let policy = policy(rules, [try profile(read)])
        let refused = refusal(policy.decide(try wish(read, seconds: 3601), by: alice, now: now))
        #expect(refused?.code == .ttlAboveMaximum)
        #expect(refused?.message.contains("1h") == true)
        #expect(refused?.message.contains("hour") == true)
        #expect(refused?.figures == ["maximum_ttl_seconds": 3600])
        #expect(grant(policy.decide(try wish(read, seconds: 3600), by: alice, now: now))?.ttl.seconds == 3600)
        #expect(grant(policy.decide(try wish(read), by: bob, now: now))?.maximum.seconds == 8 * 3600)
        #expect(refusal(policy.decide(try wish(read, seconds: 8 * 3600 + 1), by: bob, now: now)) != nil)
    }

    @Test("Where a reason is required, none is given without one")
    func reason() throws {
        let rules = [AccessRule(name: "all", who: [.anyone], profiles: ["orders-read"])]
        let policy = policy(rules, [try profile(read, reasonRequired: true)])
        #expect(refusal(policy.decide(try wish(read), by: alice, now: now))?.code == .reasonRequired)
        #expect(grant(policy.decide(try wish(read, reason: "x"), by: alice, now: now)) != nil)
    }

    @Test(
        "Principals",
        arguments: [
            ("user:alice", Principal.user("alice")), ("group:dba", .group("dba")), ("uid:0", .uid(0)),
            ("uid:4294967295", .uid(.max)), ("anyone", .anyone), ("user:anyone", .user("anyone")),
        ])
    func principals(_ text: String, _ principal: Principal) {
        #expect(Principal(text) == principal)
        #expect(Principal(principal.description) == principal)
    }

    @Test(
        "What is no principal matches nobody",
        arguments: [
            "", "alice", "user:", "user", ":alice", "User:alice", "role:dba", "uid:-1", "uid:4294967296",
            "uid:x",
            "user:a b", "user:a:b", "user: alice", "user:alice\n", "anyone ", "Anyone", "*", "group:",
        ])
    func badPrincipals(_ text: String) {
        #expect(Principal(text) == nil)
    }

    @Test("A principal matches its own kind only")
    func matching() {
        #expect(Principal.user("alice").matches(alice))
        #expect(!Principal.user("developers").matches(alice))
        #expect(!Principal.group("alice").matches(alice))
        #expect(!Principal.user("Alice").matches(alice))
        #expect(Principal.uid(1001).matches(alice) && !Principal.uid(1001).matches(bob))
        #expect(Principal.anyone.matches(bob))
        // A user who has no name is called uid:1234, and can't be taken for one whose uid that is by name.
        let nameless = Identity(uid: 7, user: "uid:1001", groups: [], pid: nil)
        #expect(!Principal.uid(1001).matches(nameless))
    }

    @Test("A quota refuses at its limit and says which it is")
    func quota() {
        let quota = Quota(perPerson: 2, total: 3)
        #expect(quota.refusal(profile: read, ofPerson: 1, inAll: 2) == nil)
        #expect(quota.refusal(profile: read, ofPerson: 2, inAll: 2)?.figures == ["maximum_active": 2])
        #expect(quota.refusal(profile: read, ofPerson: 0, inAll: 3)?.figures == ["maximum_active": 3])
        #expect(Quota(perPerson: 0, total: 0).refusal(profile: read, ofPerson: 0, inAll: 0) != nil)
    }
}
