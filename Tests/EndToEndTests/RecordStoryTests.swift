import Foundation
import Glibc
import MayflyAPI
import MayflyTesting
import SQLClients
import Testing

/// Several people at a real PostgreSQL and a real MariaDB, and what is on record of them: who had access to what, when,
/// why, allowed by whom, and what did they do with it; each by one command, held against what the clients really did.
///
/// `nobody` (nora) works at both, `games` owns the data, `mail` is security, `lp` breaks the glass, `daemon` is an
/// auditor, and a job of the test's own user is killed.
@Suite("The record, end to end", .enabled(if: getuid() == 0, "other users take root"))
struct RecordStoryTests {
    /// What was done, as its clients know it.
    private struct Done {
        var read: Lease
        var write: Lease
        var glass: Lease
        var job: Lease
    }

    private static let secret = "hunter2-\(UInt32.random(in: 0 ... .max))"

    private func world() async throws -> (World, MariaDBServer) {
        let world = try await World.make(settings: ["shared_preload_libraries = 'pg_stat_statements'"])
        try await world.server.execute("UPDATE mayfly.guard SET statements = true", database: "mayfly")
        try await world.server.execute("CREATE EXTENSION pg_stat_statements", database: "mayfly")
        try world.configure([
            ("    description: Read orders", "    description: Read orders\n    statements: digests"),
            ("    member_of: [ orders_ddl ]", "    member_of: [ orders_ddl ]\n    statements: digests"),
            ("access:\n", "people: { nora: [ \"user:nobody\" ] }\naccess:\n"),
        ])
        let stock = try await world.addStock(
            options: ["--performance-schema=ON"], profile: "    statements: digests",
            access: """
                  - name: emergency
                    who: [ "user:lp" ]
                    profiles: [ orders-ddl ]
                    break_glass: true
                    max_ttl: 20m
                    review: { by: [ "user:games" ], within: 1h }
                  - name: write
                    who: [ "user:nobody" ]
                    profiles: [ stock-write ]
                    max_ttl: 1h
                    outcome: approval
                    approval:
                      steps:
                        - { name: owner, approvers: [ "user:games" ] }
                        - { name: security, approvers: [ "user:mail" ] }
                """)
        return (world, stock)
    }

    private func run(_ world: World, _ user: String?, _ arguments: String...) async throws -> String {
        let outcome = try await world.mayfly(arguments, user: user)
        guard outcome.status == 0 else { throw WorldFailure("\(arguments): \(outcome)") }
        return outcome.output
    }

    private func decode<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
        try MayflyJSON.decoder().decode(type, from: Data(text.utf8))
    }

    private func logIn(_ world: World, _ reply: RequestReply) async throws -> PostgreSQLConnection {
        let credential = try #require(reply.credential)
        return try await world.server.connect(
            as: credential.username, password: credential.password, database: credential.database)
    }

    private func isSeen(_ world: World, _ lease: Lease) async throws {
        try await eventually("a session of \(lease.profile) is seen") {
            try decode(
                SessionList.self, await run(world, nil, "sessions", "--live", "--lease", lease.id, "--json")
            ).sessions.count == 1
        }
    }

    /// Everything that people do in this story.
    private func act(_ world: World, _ stock: MariaDBServer) async throws -> Done {
        // The routine: good statements, and one that is not allowed.
        let read = try decode(
            RequestReply.self,
            await run(
                world, "nobody", "request", "orders-read", "--reason", "Ada was charged twice", "--ticket",
                "OPS-1", "--json"))
        let reader = try await logIn(world, read)
        for id in 1...3 { _ = try await reader.query("SELECT customer FROM orders WHERE id = \(id)") }
        _ = try await reader.query("SELECT count(*) FROM orders WHERE customer = '\(Self.secret)'")
        await #expect(throws: PostgreSQLError.self) { _ = try await reader.query("SELECT * FROM salaries") }
        try await isSeen(world, try #require(read.lease))
        await reader.close()

        // Asked, allowed by two, used, extended by the same two.
        let asked = try decode(
            RequestReply.self,
            await run(
                world, "nobody", "request", "stock-write", "--reason", "count the lamps", "--no-wait",
                "--json"))
        for user in ["games", "mail"] { _ = try await run(world, user, "approve", asked.request.id) }
        let write = try decode(
            RequestReply.self, await run(world, "nobody", "redeem", asked.request.id, "--json"))
        let (written, credential) = (try #require(write.lease), try #require(write.credential))
        let writer = try await stock.connect(
            as: credential.username, password: credential.password, database: credential.database)
        for _ in 1...2 { _ = try await writer.query("INSERT INTO items VALUES ('\(Self.secret)')") }
        await #expect(throws: MariaDBError.self) { _ = try await writer.query("DELETE FROM items") }
        try await isSeen(world, written)
        let longer = try decode(
            ExtendReply.self,
            await run(
                world, "nobody", "extend", written.id, "--ttl", "5m", "--reason", "more lamps", "--no-wait",
                "--json")
        ).request
        for user in ["games", "mail"] { _ = try await run(world, user, "approve", longer.id) }
        await writer.close()

        // The glass, and its review.
        let glass = try decode(
            RequestReply.self,
            await run(
                world, "lp", "request", "orders-ddl", "--break-glass", "--reason", "INC-9: all is down",
                "--json"))
        let breaker = try await logIn(world, glass)
        _ = try await breaker.query("CREATE TABLE mended (x int)")
        _ = try await breaker.query("DROP TABLE mended")
        try await isSeen(world, try #require(glass.lease))
        await breaker.close()

        // A job that is killed with its session open.
        let job = try Program(
            "mayfly",
            [
                "exec", "orders-read", "--reason", "nightly", "--", "psql", "-XAtc",
                "SELECT count(*) FROM orders; SELECT pg_sleep(600)",
            ], environment: ["MAYFLY_SOCKET": world.socket, "MAYFLY_RUNTIME_DIR": world.directory])
        try await eventually("the job is in its server") {
            try await world.leases().contains { $0.reason == "nightly" && $0.state == .active }
        }
        let nightly = try #require(try await world.leases().first { $0.reason == "nightly" })
        try await isSeen(world, nightly)
        job.signal(SIGKILL)
        _ = try await job.outcome()
        try await eventually("its role is gone") { try await !world.roles().contains(nightly.role) }

        _ = try await run(
            world, "games", "review", try #require(glass.lease).id, "--verdict", "justified", "--note",
            "all was down")
        let first = try #require(read.lease)
        _ = try await run(world, "nobody", "revoke", first.id, "--yes")
        _ = try await run(world, "nobody", "revoke", written.id, "--yes")
        _ = try await run(world, "lp", "revoke", try #require(glass.lease).id, "--yes")
        try await eventually("all is over") {
            try await world.leases().allSatisfy { $0.state == .revoked }
        }
        return Done(read: first, write: written, glass: try #require(glass.lease), job: nightly)
    }

    @Test("Who had access to what, when, why, by whose leave, and what they did with it: one command each")
    func answers() async throws {
        let (world, stock) = try await world()
        let daemon = try await world.startDaemon()
        let done = try await act(world, stock)

        // By role: who is behind it, by one command.
        for (lease, user, reason) in [
            (done.read, "nobody", "Ada was charged twice"), (done.write, "nobody", "count the lamps"),
            (done.glass, "lp", "INC-9: all is down"), (done.job, world.me, "nightly"),
        ] {
            let bearer = try await run(world, "daemon", "who", lease.role)
            for part in [user, reason, lease.profile] { #expect(bearer.contains(part), "\(part): \(bearer)") }
        }

        // By day and by person, held against what was done.
        let report = try decode(
            AccessReport.self, await run(world, "daemon", "report", "access", "--since", "1h", "--json"))
        #expect(
            Set(report.entries.map(\.leaseId))
                == Set([done.read, done.write, done.glass, done.job].map(\.id)))
        func entry(_ lease: Lease) throws -> AccessEntry {
            try #require(report.entries.first { $0.leaseId == lease.id })
        }
        let (read, write) = (try entry(done.read), try entry(done.write))
        let (glass, job) = (try entry(done.glass), try entry(done.job))
        #expect(read.allowedBy == .automatic && read.ticket == "OPS-1" && read.rule == "tests")
        #expect(write.allowedBy == .people && write.decisions.map(\.user).prefix(2) == ["games", "mail"])
        #expect(write.givenSeconds > 600 && write.database == "stock")
        #expect(glass.allowedBy == .breakGlass && glass.review?.verdict == .justified)
        #expect(job.endReason == .tetherLost && job.requester == world.me)
        #expect([read, write, glass, job].allSatisfy { $0.sessions == 1 && $0.endedAt != nil })
        let noras = try decode(
            AccessReport.self, await run(world, "daemon", "report", "access", "--user", "nora", "--json"))
        #expect(Set(noras.entries.map(\.leaseId)) == [done.read.id, done.write.id])

        // What was done with it, as the clients know it: one story for each lease.
        try await expectStory(
            world, done.read,
            [
                "Ada was charged twice", "can log in", "began", "by its client",
                "the login role is gone",
            ], ["SELECT customer FROM orders WHERE id = $1", "3 times"])
        try await expectStory(
            world, done.write,
            [
                "count the lamps", "games", "mail", "fetched what was approved", "can log in", "began",
                "for more time", "more lamps", "games", "mail", "all who are needed", "extended until",
                "the login role is gone",
            ],
            [": insert"])
        try await expectStory(
            world, done.glass,
            [
                "INC-9: all is down", "can log in", "a review is due", "began",
                "reviewed it: justified: all was down",
            ],
            ["CREATE TABLE mended", "DROP TABLE mended"])
        try await expectStory(
            world, done.job,
            ["nightly", "can log in", "began", "was gone without a word", "the login role is gone"],
            ["SELECT count(*) FROM orders"])

        // The whole is proved, and no value is in it.
        let verified = try await world.mayfly(["audit", "verify"])
        #expect(verified.status == 0 && verified.output.hasPrefix("whole: "), "\(verified)")
        let export = try await run(world, "daemon", "audit", "export")
        #expect(!export.contains(Self.secret))
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
        for name in ["mayfly.db", "mayfly.db-wal"] {
            let file = FileManager.default.contents(atPath: "\(world.directory)/\(name)") ?? Data()
            #expect(file.range(of: Data(Self.secret.utf8)) == nil, "\(name)")
        }
    }

    /// - Parameters:
    ///   - parts: what is told, in this order.
    ///   - statements: what is told anywhere.
    private func expectStory(
        _ world: World, _ lease: Lease, _ parts: [String], _ statements: [String]
    ) async throws {
        let story = try await run(world, "daemon", "lease", lease.id, "--timeline")
        var rest = story[...]
        for part in parts {
            guard let range = rest.range(of: part) else {
                Issue.record("\(part) is missing, or not in its place: \(story)")
                return
            }
            rest = rest[range.upperBound...]
        }
        for statement in statements { #expect(story.contains(statement), "\(statement): \(story)") }
        #expect(!story.contains(Self.secret))
    }
}
