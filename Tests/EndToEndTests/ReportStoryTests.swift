import Foundation
import Glibc
import MayflyAPI
import MayflyCrypto
import MayflyTesting
import Testing

/// Several Unix users, the real binaries and a real server: `nobody` asks, `games` owns the data, `mail` is security, `lp`
/// may break the glass, `daemon` is an auditor. Each question of an audit is answered by one command.
@Suite("Reports, end to end", .enabled(if: getuid() == 0, "other users take root"))
struct ReportStoryTests {
    private static let attack = "=1+1 <script>alert(1)</script> | [x](http://evil.example)"

    private func world() async throws -> World {
        let world = try await World.make()
        try world.configure([
            (
                "access:\n",
                """
                people: { nora: [ "user:nobody" ] }
                access:
                  - name: emergency
                    who: [ "user:lp" ]
                    profiles: [ orders-ddl ]
                    break_glass: true
                    max_ttl: 20m
                    review: { by: [ "user:games" ], within: 1h }
                  - name: ddl
                    who: [ "user:nobody" ]
                    profiles: [ orders-ddl ]
                    max_ttl: 2h
                    outcome: approval
                    approval:
                      steps:
                        - { name: owner, approvers: [ "user:games" ] }
                        - { name: security, approvers: [ "user:mail" ] }
                  - { name: nobody-ever, who: [ "user:bin" ], profiles: [ orders-read ] }

                """
            )
        ])
        return world
    }

    private func run(_ world: World, _ user: String, _ arguments: String...) async throws -> String {
        let outcome = try await world.mayfly(arguments, user: user)
        guard outcome.status == 0 else { throw WorldFailure("\(arguments): \(outcome)") }
        return outcome.output
    }

    private func read<Value: Decodable>(
        _ type: Value.Type, _ world: World, _ user: String = "daemon", _ arguments: String...
    ) async throws -> Value {
        let outcome = try await world.mayfly(["report"] + arguments + ["--json"], user: user)
        guard outcome.status == 0 else { throw WorldFailure("\(arguments): \(outcome)") }
        return try MayflyJSON.decoder().decode(type, from: Data(outcome.output.utf8))
    }

    private func reply(_ text: String) throws -> RequestReply {
        try MayflyJSON.decoder().decode(RequestReply.self, from: Data(text.utf8))
    }

    /// What is done, and the leases that it made: read, changed and broken.
    private func story(_ world: World) async throws -> (read: Lease, ddl: Lease, broken: Lease) {
        let read = try reply(
            await run(
                world, "nobody", "request", "orders-read", "--ttl", "10m", "--reason", "Ada's order",
                "--ticket", "OPS-1", "--json"))
        let asked = try reply(
            await run(
                world, "nobody", "request", "orders-ddl", "--ttl", "30m", "--reason", "add a column",
                "--no-wait", "--json"))
        _ = try await run(world, "games", "approve", asked.request.id, "--reason", "fine")
        _ = try await run(world, "mail", "approve", asked.request.id)
        let ddl = try reply(await run(world, "nobody", "redeem", asked.request.id, "--json"))
        let denied = try reply(
            await run(
                world, "nobody", "request", "orders-ddl", "--reason", "again", "--no-wait", "--json"))
        _ = try await run(world, "games", "deny", denied.request.id, "--reason", "not on a Friday")
        let broken = try reply(
            await run(
                world, "lp", "request", "orders-ddl", "--break-glass", "--reason", Self.attack, "--json"))
        let lease = try #require(broken.lease)
        _ = try await run(
            world, "games", "review", lease.id, "--verdict", "justified", "--note", "all was down")
        let first = try #require(read.lease)
        _ = try await run(world, "nobody", "revoke", first.id, "--yes")
        return (first, try #require(ddl.lease), lease)
    }

    @Test("Who had what, when, why and by whose leave: one command, the same as was done, in every format")
    func access() async throws {
        let world = try await world()
        let daemon = try await world.startDaemon()
        let began = Date.now.addingTimeInterval(-1)
        let (first, ddl, broken) = try await story(world)
        let report = try await read(AccessReport.self, world, "daemon", "access", "--since", "1h")
        #expect(report.entries.map(\.leaseId) == [broken.id, ddl.id, first.id])
        let (glass, changed, looked) = (report.entries[0], report.entries[1], report.entries[2])

        #expect(looked.requester == "nobody" && looked.person == "nora" && looked.role == first.role)
        #expect(looked.reason == "Ada's order" && looked.ticket == "OPS-1" && looked.rule == "tests")
        #expect(looked.allowedBy == .automatic && looked.decisions.isEmpty && looked.review == nil)
        #expect(looked.askedSeconds == 600 && looked.givenSeconds == 600 && looked.livedSeconds < 600)
        #expect(looked.state == .revoked && looked.endReason == .revoked && looked.endedAt != nil)
        #expect(changed.allowedBy == .people && changed.decisions.map(\.user) == ["games", "mail"])
        #expect(
            changed.decisions.map(\.step) == ["owner", "security"] && changed.decisions[0].reason == "fine")
        #expect(changed.decisions.allSatisfy { ($0.seconds ?? -1) >= 0 && ($0.seconds ?? .max) < 60 })
        #expect(changed.profile == "orders-ddl" && changed.state == .active && changed.endedAt == nil)
        #expect(glass.allowedBy == .breakGlass && glass.rule == "emergency" && glass.reason == Self.attack)
        #expect(glass.review?.verdict == .justified && glass.review?.by == "games")
        #expect(report.entries.allSatisfy { $0.issuedAt >= began && $0.database == "orders" })

        // By person, by user, by day; one's own only, and nothing of others.
        let noras = try await read(AccessReport.self, world, "daemon", "access", "--user", "nora")
        #expect(noras.entries.map(\.leaseId) == [ddl.id, first.id])
        let lps = try await read(AccessReport.self, world, "daemon", "access", "--user", "lp")
        #expect(lps.entries.map(\.leaseId) == [broken.id])
        let past = try await read(
            AccessReport.self, world, "daemon", "access", "--since", "2020-01-01", "--until", "2020-12-31")
        #expect(past.entries.isEmpty)
        let own = try await read(AccessReport.self, world, "lp", "access")
        #expect(own.entries.map(\.leaseId) == [broken.id])
        #expect(try await read(AccessReport.self, world, "games", "access", "--user", "lp").entries.isEmpty)

        let page = try await run(world, "daemon", "report", "access", "--format", "html")
        #expect(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && !page.contains("<script"))
        #expect(page.contains("<svg") && page.contains("default-src 'none'"))
        let csv = try await run(world, "daemon", "report", "access", "--format", "csv")
        #expect(csv.contains("\"'=1+1 ") && csv.components(separatedBy: "\r\n").count == 5)
        let table = try await run(world, "daemon", "report", "access")
        #expect(table.contains("games") && table.contains("break-glass, justified by games"))
        let markdown = try await run(world, "daemon", "report", "access", "--format", "md")
        #expect(markdown.contains("&lt;script&gt;") && !markdown.contains("http://evil"))

        let audit = try await run(
            world, "daemon", "audit", "--action", "report.read", "--json", "--limit", "100")
        let reads = try MayflyJSON.decoder().decode(AuditList.self, from: Data(audit.utf8)).records
        #expect(reads.count == 8 && reads.allSatisfy { $0.actor.user == "daemon" })
        #expect(reads.first?.details["count"] == "3" && reads[1].details["user"] == "nora")
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
    }

    @Test(
        "Approvals, break-glass and what nobody used are told as they were; others see their own, or nothing")
    func figures() async throws {
        let world = try await world()
        let daemon = try await world.startDaemon()
        let (_, _, broken) = try await story(world)
        let approvals = try await read(ApprovalsReport.self, world, "daemon", "approvals")
        #expect(approvals.requests == 2 && approvals.approved == 1 && approvals.denied == 1)
        let games = try #require(approvals.approvers.first)
        #expect(games.users == ["games"] && games.approved == 1 && games.denied == 1)
        #expect(games.quickPercent == 100 && games.deniedPercent == 50 && games.medianSeconds != nil)
        #expect(approvals.definitions.contains { $0.contains("30 s") })
        let mails = try await read(ApprovalsReport.self, world, "mail", "approvals")
        #expect(mails.approvers.map(\.users) == [["mail"]] && mails.requests == 1)
        #expect(try await run(world, "daemon", "report", "approvals").contains("nearest rank"))

        let glass = try await read(BreakGlassReport.self, world, "daemon", "break-glass")
        #expect(glass.entries.map(\.leaseId) == [broken.id] && glass.justified == 1 && glass.overdue == 0)
        #expect(try await read(BreakGlassReport.self, world, "nobody", "break-glass").entries.isEmpty)

        let unused = try await read(UnusedReport.self, world, "daemon", "unused")
        #expect(unused.rules.first?.rule == "nobody-ever" && unused.rules.first?.requests == 0)
        #expect(unused.profiles.map(\.leases) == [1, 2] && unused.profiles[0].enoughSeconds == 600)
        #expect(unused.profiles[0].maximumSeconds == 8 * 3600)
        for kind in [["unused"], ["review", "--database", "orders"]] {
            #expect(try await world.mayfly(["report"] + kind, user: "nobody").status == 77)
        }
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
    }

    @Test(
        "An access review is signed off as it was seen, shown again to the byte, and refused when it changed")
    func review() async throws {
        let world = try await world()
        var daemon = try await world.startDaemon()
        _ = try await story(world)
        let mine = try #require(try await world.request(["orders-read", "--ttl", "10m"]).lease)
        let (from, to) = ("2026-01-01T00:00:00Z", MayflyJSON.string(from: .now))
        let pack = ["review", "--database", "orders", "--since", from, "--until", to]
        func review() async throws -> AccessReview {
            let outcome = try await world.mayfly(["report"] + pack + ["--json"], user: "daemon")
            guard outcome.status == 0 else { throw WorldFailure("\(outcome)") }
            #expect(outcome.errors.contains("--sign-off"))
            return try MayflyJSON.decoder().decode(AccessReview.self, from: Data(outcome.output.utf8))
        }
        let seen = try await review()
        #expect(seen.pack.rules.map(\.name) == ["emergency", "ddl", "nobody-ever", "tests"])
        #expect(seen.pack.rules[1].approval.first == "owner: 1 of user:games")
        #expect(seen.pack.held.count == 3 && seen.pack.leases.count == 4 && seen.signOffs.isEmpty)
        func sign(_ sha256: String, user: String = "daemon") async throws -> Program.Outcome {
            try await world.mayfly(
                ["report"] + pack + ["--sign-off", sha256, "--note", "with the owners", "--json"], user: user)
        }
        #expect(try await sign(String(repeating: "0", count: 64)).status == 73)
        #expect(try await sign(seen.sha256, user: "nobody").status == 77)
        let signed = try await sign(seen.sha256)
        #expect(signed.status == 0, "\(signed)")
        let signOff = try MayflyJSON.decoder().decode(SignOff.self, from: Data(signed.output.utf8))

        #expect(try await world.mayfly(["renew", mine.id, "--ttl", "40m"]).status == 0)
        #expect(try await sign(seen.sha256).status == 73)
        try await world.stop(daemon)
        daemon = try await world.startDaemon()
        let shown = try await run(world, "daemon", "report", "review", "--signed", signOff.id, "--json")
        #expect(try SHA256Digest(hashing: Array(shown.utf8)).hex == seen.sha256)
        let again = try MayflyJSON.decoder().decode(AccessReviewPack.self, from: Data(shown.utf8))
        #expect(again == seen.pack)
        let later = try await review()
        #expect(later.sha256 != seen.sha256 && later.signOffs.map(\.id) == [signOff.id])
        let page = try await run(
            world, "daemon", "report", "review", "--signed", String(signOff.id.prefix(8)), "--format", "html")
        #expect(page.contains(seen.sha256) && page.contains("with the owners") && !page.contains("<script"))
        let audit = try await run(world, "daemon", "audit", "--action", "review.signed_off", "--json")
        #expect(audit.contains(seen.sha256))
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
    }
}
