import Foundation
import MayflyCore
import Testing

@testable import mayflyd

/// What rules can say, and what is said about them.
@Suite struct AccessRuleTests {
    /// The sample with these rules, and with what stands before them.
    private static func sample(_ rules: String, _ before: String = "") throws -> SampleConfiguration {
        let sample = try SampleConfiguration()
        let access = try #require(sample.text.range(of: "access:\n"))
        let mfa = "mfa: { key_file: \(sample.directory)/mfa.key }\n"
        let signers = ["identity_issuers": ["github", "gitlab"], "approval_authorities": ["chat"]].map {
            key, names in
            let entries = names.map {
                "\($0): { issuer: \"https://\($0)\", audience: m, algorithms: [ RS256 ], jwks_url: \"https://\($0)/keys\" }"
            }
            return "\(key): { \(entries.joined(separator: ", ")) }\n"
        }
        sample.text =
            String(sample.text[..<access.lowerBound]) + signers.joined() + mfa + before + "access:\n" + rules
            + "\n"
        return sample
    }

    private static let head = "  - name: r\n    who: [ \"group:a\" ]\n    profiles: [ orders-read ]\n"

    private static func rule(_ more: String) throws -> AccessRule {
        try #require(try sample(head + more).parse().configuration.access.first)
    }

    @Test("A rule is read whole")
    func whole() throws {
        let rule = try Self.rule(
            """
                outcome: approval
                max_ttl: 2h
                max_active: { per_person: 2, total: 5 }
                requests_per_hour: 10
                requires: { reason: { min_length: 10, pattern: ".+ .+" }, ticket: { pattern: "OPS-\\\\d+" }, mfa: { max_age: 10m, acr: [ silver ] } }
                zone: Europe/Berlin
                windows: [ { days: [ mon-wed, sat ], from: "22:00", to: "06:00" }, { days: [ sat-mon ] } ]
                valid_until: 2026-03-28
                tiers: [ { above: 1h, requires: { reason: required }, approval: true } ]
                approval:
                  steps:
                    - { name: owner, approvers: [ "user:bob", "uid:7" ], count: 2, escalate: { after: 15m, to: [ "group:leads" ] } }
                    - { name: security, approvers: [ "group:security" ], mfa: true, escalate: [ { after: 5m, to: [ "user:x" ] }, { after: 1h, to: [ "user:y" ] } ] }
                  pending_for: 8h
                  redeem_within: 10m
                authorities: [ chat ]
            """)
        #expect(rule.outcome == .approval)
        let limits = AccessRule.Limits(
            maxTTL: TTL(clamping: 7200), perPerson: 2, total: 5, requestsPerHour: 10)
        #expect(rule.limits == limits)
        #expect(rule.requires.reason?.minimumLength == 10)
        #expect(rule.requires.reason?.patterns.map(\.source) == [".+ .+"])
        #expect(rule.requires.ticket?.patterns.map(\.source) == ["OPS-\\d+"])
        #expect(rule.requires.mfa == MFADemand(maxAge: 600, acr: ["silver"]))
        #expect(rule.zone.identifier == "Europe/Berlin")
        #expect(
            rule.windows == [
                AccessWindow(days: [.mon, .tue, .wed, .sat], from: 1320, to: 360),
                AccessWindow(days: [.sat, .sun, .mon]),
            ])
        // The end of that day in Berlin, the night before the clocks go forward.
        let end = try Date("2026-03-28T23:00:00Z", strategy: .iso8601)
        #expect(rule.validUntil == end)
        let owner = ApprovalStep(
            name: "owner", approvers: [.user("bob"), .uid(7)], count: 2,
            escalations: [.init(after: 900, to: [.group("leads")])])
        let security = ApprovalStep(
            name: "security", approvers: [.group("security")], mfa: true,
            escalations: [.init(after: 300, to: [.user("x")]), .init(after: 3600, to: [.user("y")])])
        let terms = ApprovalTerms(steps: [owner, security], pendingFor: 28_800, redeemWithin: 600)
        #expect(rule.approval == terms)
        #expect(
            rule.tiers == [
                .init(above: TTL(clamping: 3600), requires: .init(reason: .init()), approval: terms)
            ])
        #expect(rule.authorities == ["chat"])
    }

    @Test("Jobs are named by subject or by claims, each value of its type")
    func jobs() throws {
        let sample = try Self.sample(
            """
              - name: jobs
                who: [ "sub:github:repo:acme/*:ref:refs/heads/main", { issuer: gitlab, claims: { project_path: "acme/*", ref_protected: "true", n: 2, b: true } } ]
                profiles: [ "orders-*" ]
            """)
        #expect(
            try sample.parse().configuration.access.first?.who == [
                .subject(issuer: "github", "repo:acme/*:ref:refs/heads/main"),
                .claims(
                    issuer: "gitlab",
                    [
                        "project_path": .text("acme/*"), "ref_protected": .text("true"), "n": .number(2),
                        "b": .bool(true),
                    ]),
            ])
    }

    @Test(
        "What a rule leaves out",
        arguments: [
            ("", AccessRule.Outcome.automatic, nil as Int?), ("    outcome: deny\n", .deny, nil),
            ("    break_glass: true\n", .breakGlass, 3600),
            ("    outcome: break_glass\n    max_ttl: 10m\n", .breakGlass, 600),
            ("    approval: { steps: [ { name: o, approvers: [ \"group:b\" ] } ] }\n", .approval, nil),
        ])
    func defaults(_ more: String, _ outcome: AccessRule.Outcome, _ seconds: Int?) throws {
        let rule = try Self.rule(more)
        #expect(rule.outcome == outcome)
        #expect(rule.limits.maxTTL?.seconds == seconds)
    }

    @Test("People, conflicts and the ceiling are read")
    func others() throws {
        let sample = try Self.sample(
            Self.head,
            """
            people: { alice: [ "user:alice", "uid:7", "sub:github:alice" ] }
            max_ttl: 8h
            conflicts: [ { name: c, profiles: [ "orders-*", orders-read ], within: 4h } ]

            """)
        // One profile alone conflicts with nothing.
        #expect(sample.complaints().count == 1)
        sample.text = sample.text.replacing("orders-*\", orders-read ]", with: "orders-*\" ]")
            .replacing("conflicts:", with: "conflicts: [] #")
        let configuration = try sample.parse().configuration
        #expect(configuration.maxTTL.seconds == 8 * 3600)
        #expect(
            configuration.people.entries == [
                Person(rawValue: "alice"): [.user("alice"), .uid(7), .subject(issuer: "github", "alice")]
            ])
    }

    static let mistakes: [(String, String)] = [
        (
            "    outcome: automtic\n",
            "access[0].outcome: \"automtic\" is no outcome — did you mean automatic?"
        ),
        ("    outcome: approval\n", "access[0].approval: is missing: nobody is asked — "),
        (
            "    outcome: deny\n    max_ttl: 1h\n",
            "access[0].max_ttl: means nothing beside outcome: deny — remove it"
        ),
        (
            "    break_glass: true\n    outcome: approval\n",
            "access[0].break_glass: and outcome: approval exclude each other"
        ),
        ("    break_glass: yes\n", "access[0].break_glass: true or false is needed"),
        (
            "    break_glass: true\n    approval: { steps: [ { name: o, approvers: [ \"user:b\" ] } ] }\n",
            "access[0].approval: means nothing for break-glass"
        ),
        ("    review: { within: 1h }\n", "access[0].review: is for break-glass only — remove it"),
        (
            "    outcome: automatic\n    approval: { steps: [ { name: o, approvers: [ \"user:b\" ] } ] }\n",
            "access[0].approval: nothing demands it beside outcome: automatic"
        ),
        (
            "    approval_on_flags: [ burst ]\n",
            "access[0].approval_on_flags: there are no steps to take then"
        ),
        ("    authorities: [ chat ]\n", "access[0].authorities: means nothing where no approval is demanded"),
        (
            "    approval: { steps: [ { name: o, approvers: [ \"user:b\" ] } ] }\n    approval_on_flags: [ bursts ]\n    outcome: approval\n",
            "access[0].approval_on_flags[0]: \"bursts\" is no flag — did you mean burst?"
        ),
        (
            "    approval: { steps: [ { name: o, approvers: [ \"sub:github:x\" ] } ] }\n",
            "access[0].approval.steps[0].approvers[0]: \"sub:github:x\" is a job, and jobs may not do this"
        ),
        (
            "    approval: { steps: [ { name: o, approvers: [ anyone ] } ] }\n",
            "access[0].approval.steps[0].approvers[0]: anyone is too many here"
        ),
        (
            "    approval: { steps: [ { name: o, approvers: [ \"user:b\" ], count: 0 } ] }\n",
            "access[0].approval.steps[0].count: 0 is out of range"
        ),
        (
            "    approval: { steps: [ { name: o, approvers: [ \"group:b\" ] }, { name: o, approvers: [ \"group:c\" ] } ] }\n",
            "access[0].approval.steps[1].name: \"o\" is also the name of access[0].approval.steps[0]"
        ),
        (
            "    approval: { steps: [ { name: o, approvers: [ \"user:b\" ], escalate: [ { after: 1h, to: [ \"user:c\" ] }, { after: 1h, to: [ \"user:d\" ] } ] } ] }\n",
            "access[0].approval.steps[0].escalate: the levels are not in the order of their times"
        ),
        ("    windows: [ { days: [ mon ] } ]\n", "access[0].windows: go by the clocks of a zone"),
        (
            "    windows: [ { days: [ man ] } ]\n    zone: UTC\n",
            "access[0].windows[0].days[0]: \"man\" is no day"
        ),
        (
            "    windows: [ { from: \"8:00\" } ]\n    zone: UTC\n",
            "access[0].windows[0].from: \"8:00\" is no time of the day"
        ),
        (
            "    windows: [ { from: \"24:00\" } ]\n    zone: UTC\n",
            "access[0].windows[0].from: \"24:00\" is no time of the day"
        ),
        (
            "    windows: [ { from: \"08:00\", to: \"08:00\" } ]\n    zone: UTC\n",
            "access[0].windows[0].to: is when the window begins"
        ),
        (
            "    zone: Europe/Berln\n",
            "access[0].zone: no time zone is called \"Europe/Berln\" — did you mean Europe/Berlin?"
        ),
        ("    zone: CET\n", "access[0].zone: no time zone is called"),
        ("    valid_until: 2026-02-30\n    zone: UTC\n", "access[0].valid_until: \"2026-02-30\" is no date"),
        ("    valid_until: 2026-3-1\n    zone: UTC\n", "access[0].valid_until: \"2026-3-1\" is no date"),
        ("    valid_until: 2026-03-01\n", "access[0].valid_until: a day ends at another moment in each zone"),
        (
            "    requires: { ticket: { pattern: \"(\" } }\n",
            "access[0].requires.ticket.pattern: the pattern has a ( without its )"
        ),
        (
            "    requires: { reason: { min_length: 501 } }\n",
            "access[0].requires.reason.min_length: 501 is out of range"
        ),
        ("    requires: { mfa: maybe }\n", "access[0].requires.mfa: \"maybe\" is not required"),
        ("    tiers: [ { above: 1h } ]\n", "access[0].tiers[0]: demands nothing — add requires or approval"),
        (
            "    tiers: [ { above: 1h, approval: true } ]\n",
            "access[0].tiers[0].approval: the rule has no approval to go by"
        ),
        (
            "    tiers: [ { above: 1h, requires: { reason: required } }, { above: 60m, requires: { ticket: required } } ]\n",
            "access[0].tiers[1].above: 1h has a tier already"
        ),
        ("    requests_per_hour: 0\n", "access[0].requests_per_hour: 0 is out of range"),
    ]

    @Test("A mistake in a rule is said with its place and what mends it", arguments: mistakes)
    func mistake(_ more: String, _ complaint: String) throws {
        let complaints = try Self.sample(Self.head + more).complaints()
        #expect(complaints.count == 1)
        #expect(complaints.first?.contains(complaint) == true, "\(complaints)")
    }

    @Test(
        "Steps that nobody can meet are refused: nobody approves their own, and one person counts once",
        arguments: [
            ("\"group:a\"", "[ { name: o, approvers: [ \"user:bob\" ], count: 2 } ]", "step \"o\""),
            (
                "\"group:a\"",
                "[ { name: o, approvers: [ \"user:bob\" ] }, { name: s, approvers: [ \"user:bob\" ] } ]",
                "step \"s\""
            ),
            // Two accounts of one person are one person.
            (
                "\"group:a\"", "[ { name: o, approvers: [ \"user:alice\", \"user:alice-adm\" ], count: 2 } ]",
                "step \"o\""
            ),
            ("\"user:bob\"", "[ { name: o, approvers: [ \"user:bob\" ] } ]", "whoever may ask is needed"),
            (
                "\"user:alice\"", "[ { name: o, approvers: [ \"user:alice-adm\" ] } ]",
                "whoever may ask is needed"
            ),
        ])
    func staffing(_ who: String, _ steps: String, _ complaint: String) throws {
        let sample = try Self.sample(
            "  - { name: r, who: [ \(who) ], profiles: [ orders-read ], approval: { steps: \(steps) } }",
            "people: { alice: [ \"user:alice\", \"user:alice-adm\" ] }\n")
        let complaints = sample.complaints()
        #expect(complaints.count == 1)
        #expect(complaints.first?.contains(complaint) == true, "\(complaints)")
    }

    @Test(
        "A person's identities are theirs alone",
        arguments: [
            ("{ alice: [ \"user:a\", \"user:a\" ] }", "people.alice[1]: user:a is named twice"),
            ("{ alice: [ \"user:a\" ], bob: [ \"user:a\" ] }", "people.bob[0]: user:a is also alice"),
            ("{ alice: [ \"group:a\" ] }", "people.alice[0]: group:a may be many"),
            ("{ alice: [ anyone ] }", "people.alice[0]: anyone is too many here"),
            ("{ alice: [ \"sub:github:repo:*\" ] }", "people.alice[0]: sub:github:repo:* may be many"),
            ("{ Alice: [ \"user:a\" ] }", "people.Alice: is not a name for a person"),
            ("{ \"uid:7\": [ \"user:a\" ] }", "is not a name for a person"),
        ])
    func people(_ people: String, _ complaint: String) throws {
        let complaints = try Self.sample(Self.head, "people: \(people)\n").complaints()
        #expect(complaints.count == 1)
        #expect(complaints.first?.contains(complaint) == true, "\(complaints)")
    }
}
