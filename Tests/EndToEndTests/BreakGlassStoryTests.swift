import Foundation
import Glibc
import MayflyAPI
import MayflyTesting
import SQLClients
import Testing

/// Break-glass with the real binaries and a real server: `nobody` takes it and has another account, `man`; `games` is
/// the rule's reviewer, `daemon` an auditor, `lp` nobody of either.
@Suite("Break-glass, end to end", .enabled(if: getuid() == 0, "other users take root"))
struct BreakGlassStoryTests {
    private func world(within: String = "1h") async throws -> World {
        let world = try await World.make()
        try world.configure([
            (
                "access:\n",
                """
                people: { nora: [ "user:nobody", "user:man" ] }
                access:
                  - name: emergency
                    who: [ "user:nobody", "user:man" ]
                    profiles: [ orders-ddl ]
                    break_glass: true
                    max_ttl: 20m
                    review: { by: [ "user:games", "user:man" ], within: \(within), suspend: true }

                """
            )
        ])
        return world
    }

    private func status(_ arguments: [String], _ user: String, _ world: World) async throws -> Int32 {
        let outcome = try await world.mayfly(arguments, user: user)
        if outcome.status == 70 { Issue.record("\(outcome)") }
        return outcome.status
    }

    private func ask(
        _ world: World, _ extra: [String] = ["--reason", "INC-12: all is down"], user: String = "nobody"
    )
        async throws -> Program.Outcome
    {
        try await world.mayfly(
            ["request", "orders-ddl", "--break-glass", "--json"] + extra, user: user)
    }

    private func broken(_ world: World) async throws -> RequestReply {
        let outcome = try await ask(world)
        guard outcome.status == 0 else { throw WorldFailure("no break-glass: \(outcome)") }
        return try MayflyJSON.decoder().decode(RequestReply.self, from: Data(outcome.output.utf8))
    }

    private static let verdict = ["--verdict", "justified", "--note", "looked at what was done"]

    @Test("Access at once, shown as such; its own other account may not review it, an auditor may, once")
    func story() async throws {
        let world = try await world()
        let daemon = try await world.startDaemon()
        #expect(try await ask(world, []).status == 65)
        #expect(try await ask(world, ["--reason", "x", "--ttl", "21m"]).status == 65)
        let reply = try await broken(world)
        let (lease, credential) = (try #require(reply.lease), try #require(reply.credential))
        let session = try await world.server.connect(
            as: credential.username, password: credential.password, database: credential.database)
        _ = try await session.query("CREATE TABLE mended (x int)")
        _ = try await session.query("DROP TABLE mended")
        await session.close()
        #expect(lease.breakGlass == true)
        #expect(try await world.mayfly(["leases"], user: "nobody").output.contains("break-glass"))
        #expect(try await world.mayfly(["lease", lease.id], user: "nobody").output.contains("break-glass"))
        let record = try await world.mayfly(["audit", "--json"], user: "daemon").output
        #expect(record.contains("break_glass") && record.contains("review.due"))

        let seen = try await world.mayfly(["review", String(lease.id.prefix(8))], user: "games").output
        for part in ["INC-12: all is down", credential.username, "nora", "emergency"] {
            #expect(seen.contains(part), "\(part): \(seen)")
        }
        let names = { (user: String) in
            try await world.mayfly(["reviews", "--open", "--names"], user: user).output
                .split(separator: "\n").count
        }
        for (user, count) in [("nobody", 1), ("man", 1), ("games", 1), ("daemon", 1), ("lp", 0)] {
            #expect(try await names(user) == count, "\(user)")
        }
        #expect(try await world.mayfly(["status"], user: "daemon").output.contains("1 open, 0 overdue"))
        #expect(try await world.mayfly(["status"], user: "lp").output.contains("open") == false)
        let review = ["review", lease.id] + Self.verdict
        #expect(try await status(review, "nobody", world) == 77)
        #expect(try await status(review, "man", world) == 77)
        #expect(try await status(review, "lp", world) == 66)
        #expect(try await status(["review", lease.id, "--verdict", "justified"], "daemon", world) == 64)
        #expect(try await status(review, "daemon", world) == 0)
        #expect(
            try await status(
                ["review", lease.id, "--verdict", "unjustified", "--note", "no"], "games", world) == 73)
        #expect(try await world.mayfly(["review", lease.id], user: "nobody").output.contains("justified"))
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
    }

    @Test(
        "An overdue review outlives a kill, takes break-glass away by every account, and a verdict gives it back"
    )
    func overdue() async throws {
        let world = try await world(within: "2s")
        var daemon = try await world.startDaemon()
        let lease = try #require(try await broken(world).lease)
        daemon.signal(SIGKILL)
        _ = try await daemon.outcome()
        daemon = try await world.startDaemon()
        try await eventually("it is overdue, on record") {
            try await world.mayfly(["audit", "--json"], user: "daemon").output.contains("review.overdue")
        }
        let listed = try await world.mayfly(["reviews", "--overdue", "--json"], user: "games").output
        let review = try #require(
            try MayflyJSON.decoder().decode(ReviewList.self, from: Data(listed.utf8)).reviews.first)
        #expect(review.lease.id == lease.id && review.mayReview)
        for user in ["nobody", "man"] {
            let refused = try await ask(world, user: user)
            #expect(refused.status == 77 && refused.errors.contains(review.id), "\(refused)")
        }
        let explained = try await world.mayfly(
            ["explain", "orders-ddl", "--break-glass", "--reason", "x"], user: "nobody")
        #expect(explained.output.contains(review.id), "\(explained)")
        #expect(try await world.mayfly(["status"], user: "daemon").output.contains("1 overdue"))
        #expect(try await status(["review", review.id] + Self.verdict, "games", world) == 0)
        #expect(try await ask(world).status == 0)
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
    }
}
