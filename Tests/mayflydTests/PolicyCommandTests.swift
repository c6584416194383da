import Foundation
import MayflyCore
import Testing

@testable import mayflyd

/// `mayflyd test-policy`, and what `check` says of approvers, as a team runs them.
@Suite struct PolicyCommandTests {
    private func text(_ name: String) throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: "Config").appending(path: name), encoding: .utf8)
    }

    private func file(_ sample: SampleConfiguration) throws -> String {
        try sample.write(sample.text, to: "mayfly.yaml", mode: 0o600)
        return sample.directory + "/mayfly.yaml"
    }

    @Test("The sample's cases hold for the sample")
    func sample() throws {
        let sample = try SampleConfiguration()
        sample.text = try text("mayfly.yaml").replacing(
            "/etc/ssl/mayfly/ca.pem", with: sample.directory + "/ca.pem")
        var environment = sample.environment
        environment.variables["CREDENTIALS_DIRECTORY"] = sample.directory
        let configuration = try ConfigurationFile.parse(
            text: sample.text, path: "mayfly.yaml", environment: environment
        ).configuration
        let tests = try PolicyTestFile.parse(text: try text("policy-tests.yaml"), path: "policy-tests.yaml")
        #expect(tests.cases.count > 10)
        for test in tests.cases { #expect(test.mismatches(with: configuration.policy) == [], "\(test.name)") }
        // Each rule decides some case: one that none tries is not tested.
        let decided = tests.cases.compactMap {
            configuration.policy.explain($0.request, by: $0.identity, history: $0.history, now: $0.now).rule?
                .name
        }
        #expect(Set(decided) == Set(configuration.access.map(\.name)))
    }

    private static let cases = """
        cases:
          - name: a developer reads orders
            who: { user: dev, groups: [ developers ] }
            what: { profile: orders-read, reason: looking }
            when: 2026-03-02T10:00:00Z
            expect: { decision: DECISION, rule: developers read orders, ttl: 30m, max_ttl: 1h }

        """

    @Test("A case may be a job's, with the claims of its token, of an issuer that is configured")
    func jobs() async throws {
        let sample = try SampleConfiguration()
        sample.text = sample.text.replacing(
            "access:\n",
            with: """
                identity_issuers: { github: { issuer: "https://g", audience: m, algorithms: [ RS256 ], jwks_url: "https://g/k" } }
                access:
                  - name: jobs
                    who: [ { issuer: github, claims: { repository: "acme/*", sub: "repo:*:main" } } ]
                    profiles: [ orders-read ]
                    requires: { mfa: { max_age: 10m } }

                """)
        let config = try file(sample)
        let tests = sample.directory + "/tests.yaml"
        func status(_ token: String, _ expected: String) async throws -> Int32 {
            let cases = Self.cases.replacing(
                "user: dev, groups: [ developers ]", with: "user: runner, token: { \(token) }"
            )
            .replacing(
                "{ decision: DECISION, rule: developers read orders, ttl: 30m, max_ttl: 1h }", with: expected)
            try sample.write(cases, to: "tests.yaml", mode: 0o644)
            return try await MayflydBinary.run(["test-policy", "--config", config, tests]).status
        }
        let job = "issuer: github, subject: \"repo:acme/a:main\", claims: { repository: acme/a }"
        #expect(
            try await status(job + ", amr: [ mfa ], authenticated: 5m", "{ decision: allow, rule: jobs }")
                == 0)
        #expect(
            try await status(
                job + ", amr: [ mfa ], authenticated: 11m", "{ decision: deny, code: mfa_required }") == 0)
        #expect(
            try await status(
                job + ", amr: [ pwd ], authenticated: 5m", "{ decision: deny, code: mfa_required }") == 0)
        #expect(
            try await status(job.replacing(":main", with: ":dev"), "{ decision: deny, code: denied }") == 0)
        #expect(try await status(job.replacing("github", with: "gitlab"), "{ decision: deny }") == 78)
    }

    @Test("Cases that hold end with 0, others with 1, saying what is said instead")
    func process() async throws {
        let sample = try SampleConfiguration()
        let config = try file(sample)
        let tests = sample.directory + "/tests.yaml"
        try sample.write(Self.cases.replacing("DECISION", with: "allow"), to: "tests.yaml", mode: 0o644)
        let good = try await MayflydBinary.run(["test-policy", "--config", config, tests])
        #expect(good.status == 0)
        #expect(good.output == "ok    a developer reads orders\n1 cases, all as expected\n")
        try sample.write(
            Self.cases.replacing("DECISION", with: "deny, code: denied"), to: "tests.yaml", mode: 0o644)
        let bad = try await MayflydBinary.run(["test-policy", "--config", config, tests])
        #expect(bad.status == 1)
        #expect(
            bad.output == """
                FAIL  a developer reads orders
                      \(tests):2: expected deny, is allow
                      \(tests):2: code: expected denied, is nothing
                1 cases, 1 not as expected

                """)
        let json = try await MayflydBinary.run(["test-policy", "--json", "--config", config, tests])
        #expect(json.status == 1)
        #expect(json.output.contains("\"passed\" : false"))
    }

    @Test(
        "A wrong file of cases is refused with its places",
        arguments: [
            (
                "decision: DECISION", "decision: maybe",
                "6:25: cases[0].expect.decision: \"maybe\" is no decision"
            ),
            ("rule:", "code: too_much, rule:", "cases[0].expect.code: \"too_much\" is no code"),
            ("when: 2026-03-02T10:00:00Z", "when: monday", "cases[0].when: \"monday\" is not a moment"),
            ("who:", "whom:", "cases[0].whom: unknown key — did you mean who?"),
            ("ttl: 30m", "ttl: 30", "cases[0].expect.ttl: \"30\" has no unit"),
        ])
    func wrong(_ find: String, _ replacement: String, _ complaint: String) {
        let text = Self.cases.replacing(find, with: replacement, maxReplacements: 1)
            .replacing("DECISION", with: "allow")
        do {
            _ = try PolicyTestFile.parse(text: text, path: "tests.yaml")
            Issue.record("taken")
        } catch {
            #expect(error.description.contains(complaint), "\(error)")
        }
    }

    @Test("An escalation to a group that does not exist is refused by check, and so is an unknown approver")
    func missingGroup() async throws {
        let sample = try SampleConfiguration()
        let rule = """
              - name: r
                who: [ "user:root" ]
                profiles: [ orders-read ]
                approval:
                  steps:
                    - { name: owner, approvers: [ "user:nobody", "user:mayfly-nobody" ], escalate: { after: 15m, to: [ "group:mayfly-none" ] } }

            """
        let access = try #require(sample.text.range(of: "access:\n"))
        sample.text = sample.text[..<access.upperBound] + rule
        let result = try await MayflydBinary.run(["check", "--config", try file(sample)])
        #expect(result.status == 1)
        #expect(
            result.output.contains(
                "step \"owner\", escalate: no group is called \"mayfly-none\" on this host"))
        #expect(result.output.contains("step \"owner\": no user is called \"mayfly-nobody\" on this host"))
    }

    @Test("Steps that the members of the groups on this host cannot meet are refused by check")
    func unstaffed() async throws {
        let sample = try SampleConfiguration()
        let rule = """
              - name: r
                who: [ "user:root" ]
                profiles: [ orders-read ]
                approval: { steps: [ { name: owner, approvers: [ "group:root" ] } ] }

            """
        let access = try #require(sample.text.range(of: "access:\n"))
        sample.text = sample.text[..<access.upperBound] + rule
        let result = try await MayflydBinary.run(["check", "--config", try file(sample)])
        #expect(result.status == 1)
        #expect(result.output.contains("can be met by nobody: whoever may ask is needed to approve"))
    }
}
