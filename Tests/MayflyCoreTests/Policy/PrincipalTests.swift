import Foundation
import MayflyCore
import Testing

@Suite("Tokens and rules")
struct PrincipalTests {
    private static func token(
        _ claims: [String: ClaimValue] = [:], issuer: String = "github",
        subject: String = "repo:acme/orders:ref:refs/heads/main"
    ) -> Identity {
        Identity(
            uid: 1001, user: "alice", groups: ["developers"], pid: 1,
            token: TokenIdentity(issuer: issuer, subject: subject, claims: claims, expiresAt: .distantFuture))
    }

    private static let repository = Principal.claims(
        issuer: "github", ["repository": .text("acme/*"), "ref": .text("refs/heads/main")])

    private static let good: [String: ClaimValue] = [
        "repository": .string("acme/orders"), "ref": .string("refs/heads/main"),
    ]

    @Test(
        "All claims have to be there, of the right type, and fit",
        arguments: [
            (good, true, "as it should be"),
            (["repository": .string("acme/orders")], false, "one is missing"),
            ([:], false, "all are missing"),
            (good.merging(["ref": .string("refs/heads/dev")]) { $1 }, false, "another branch"),
            (good.merging(["repository": .string("evil/acme/orders")]) { $1 }, false, "not anchored"),
            (
                good.merging(["repository": .list([.string("acme/orders")])]) { $1 }, false,
                "a list with the right one in it"
            ),
            (good.merging(["repository": .list([])]) { $1 }, false, "an empty list"),
            (good.merging(["ref": .bool(true)]) { $1 }, false, "a truth value"),
            (good.merging(["ref": .number(1)]) { $1 }, false, "a number"),
            (good.merging(["ref": .string("")]) { $1 }, false, "an empty text"),
        ] as [([String: ClaimValue], Bool, String)])
    func claims(_ claims: [String: ClaimValue], _ fits: Bool, _ story: String) {
        #expect(Self.repository.matches(Self.token(claims)) == fits, "\(story)")
        #expect(!Self.repository.matches(Self.token(claims, issuer: "gitlab")), "another issuer")
    }

    @Test(
        "A claim's value is of the pattern's type or does not fit",
        arguments: [
            (ClaimPattern.text("*"), ClaimValue.string("x"), true), (.text("*"), .bool(true), false),
            (.text("true"), .bool(true), false), (.text("1"), .number(1), false),
            (.bool(true), .bool(true), true),
            (.bool(true), .bool(false), false), (.bool(true), .string("true"), false),
            (.bool(true), .number(1), false),
            (.number(7), .number(7), true), (.number(7), .string("7"), false),
            (.number(1), .bool(true), false),
            (.text("*"), .list([.string("x")]), false),
        ] as [(ClaimPattern, ClaimValue, Bool)])
    func types(_ pattern: ClaimPattern, _ value: ClaimValue, _ fits: Bool) {
        #expect(pattern.matches(value) == fits)
    }

    @Test("With a token the token decides: the socket's user and groups give nothing")
    func tokenDecides() throws {
        let job = Self.token(Self.good)
        for text in ["user:alice", "group:developers", "uid:1001"] {
            let principal = try #require(Principal(text))
            #expect(!principal.matches(job))
            #expect(principal.matches(job.ofSocket))
        }
        let subject = try #require(Principal("sub:github:repo:acme/*:ref:refs/heads/main"))
        #expect(subject.matches(job))
        #expect(!subject.matches(job.ofSocket))
        #expect(!subject.matches(Self.token(subject: "repo:evil/x:ref:refs/heads/main")))
        #expect(!subject.matches(Self.token(issuer: "gitlab")))
        // Anybody could be any number of them, where an issuer makes tokens for the asking.
        #expect(!Principal.anyone.matches(job))
        #expect(Principal.anyone.matches(job.ofSocket))
        for outcome in AccessRule.Outcome.allCases {
            let rule = AccessRule(name: "all", who: [.anyone], profiles: ["*"], outcome: outcome)
            #expect(rule.names(job) == (outcome == .deny))
            #expect(rule.names(job.ofSocket))
        }
        #expect(!Principal.claims(issuer: "github", [:]).matches(job))
    }

    @Test("A principal is read back as it was written")
    func coding() throws {
        let principals: [Principal] = [
            .user("alice"), .group("dba"), .uid(7), .anyone,
            .subject(issuer: "k8s", "system:serviceaccount:*"),
            .claims(
                issuer: "gitlab",
                ["ref_protected": .bool(true), "n": .number(2), "project_path": .text("a/*")]),
        ]
        let bytes = try JSONEncoder().encode(principals)
        #expect(try JSONDecoder().decode([Principal].self, from: bytes) == principals)
    }

    @Test("Several identities are one person; others are a person each")
    func people() throws {
        let people = People([
            Person(rawValue: "alice"): [
                .user("alice"), .user("alice-adm"), .subject(issuer: "github", "alice"),
            ],
            Person(rawValue: "bob"): [.uid(1002)],
        ])
        func person(_ identity: Identity) -> String { people.person(of: identity).rawValue }
        let alice = Identity(uid: 1001, user: "alice", groups: [], pid: nil)
        #expect(person(alice) == "alice")
        #expect(person(Identity(uid: 2001, user: "alice-adm", groups: [], pid: nil)) == "alice")
        #expect(person(Identity(uid: 1002, user: "robert", groups: [], pid: nil)) == "bob")
        #expect(person(Identity(uid: 1003, user: "carol", groups: [], pid: nil)) == "uid:1003")
        #expect(person(Self.token(subject: "alice")) == "alice")
        // Who brings a job's token over their own socket is not the job, but had a hand in it.
        #expect(person(Self.token(subject: "job")) == "sub:github:job")
        #expect(
            people.everybody(behind: Self.token(subject: "job")).map(\.rawValue).sorted() == [
                "alice", "sub:github:job",
            ])
    }

    private static let now = AccessWindowTests.at("2026-01-02T12:00:00Z")

    @Test(
        "A second factor is fresh, or it is none",
        arguments: [
            (0, true), (300, true), (301, false), (-60, true), (-61, false), (86_400 * 400, false),
        ] as [(TimeInterval, Bool)])
    func freshness(_ age: TimeInterval, _ isMet: Bool) {
        let demand = MFADemand(maxAge: 300)
        var alice = Identity(uid: 1001, user: "alice", groups: [], pid: nil)
        #expect(!demand.isMet(by: alice, now: Self.now))
        alice.mfa = MFAProof(at: Self.now.addingTimeInterval(-age))
        #expect(demand.isMet(by: alice, now: Self.now) == isMet)
    }

    @Test(
        "A token's second factor counts with the right method and its time",
        arguments: [
            (["pwd", "mfa"], nil, 60, true), (["pwd"], nil, 60, false), (["pwd"], "silver", 60, true),
            (["pwd"], "bronze", 60, false), (["mfa"], nil, 600, false), (["mfa"], nil, nil, false),
            ([], nil, 0, false),
        ] as [([String], String?, TimeInterval?, Bool)])
    func byToken(_ amr: [String], _ acr: String?, _ age: TimeInterval?, _ isMet: Bool) {
        let job = Identity(
            uid: 1, user: "ci", groups: [], pid: nil,
            token: TokenIdentity(
                issuer: "idp", subject: "alice", amr: amr, acr: acr,
                authenticatedAt: age.map { Self.now.addingTimeInterval(-$0) }, expiresAt: .distantFuture))
        #expect(MFADemand(maxAge: 300, acr: ["silver"]).isMet(by: job, now: Self.now) == isMet)
    }
}
