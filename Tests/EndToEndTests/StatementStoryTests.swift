import Foundation
import MayflyAPI
import MayflyTesting
import SQLClients
import Testing

/// What leases really ran, on record by the real daemon on a real PostgreSQL.
@Suite(.serialized) struct StatementStoryTests {
    private func story(_ world: World, _ lease: String) async throws -> String {
        try await world.mayfly(["lease", lease, "--timeline"]).output
    }

    private func run(_ world: World, _ reply: RequestReply, _ statements: [String]) async throws {
        let credential = try #require(reply.credential)
        let session = try await world.server.connect(
            as: credential.username, password: credential.password, database: "orders")
        for statement in statements { _ = try? await session.query(statement) }
        await session.close()
    }

    @Test("A summary of what a lease ran is on record without values, also of sessions that nobody saw")
    func digests() async throws {
        let world = try await World.make(settings: ["shared_preload_libraries = 'pg_stat_statements'"])
        try world.configure([
            ("    description: Read orders", "    description: Read orders\n    statements: digests")
        ])
        let daemon = try await world.startDaemon()

        // Not allowed, then without the extension: the record says so, and not that nothing was run.
        let first = try await world.request()
        try await run(world, first, ["SELECT 'hunter2'"])
        let lease = try #require(first.lease).id
        _ = try await world.mayfly(["revoke", lease])
        try await eventually("it says why") { try await story(world, lease).contains("not allowed to tell") }
        try await world.server.execute("UPDATE mayfly.guard SET statements = true", database: "mayfly")
        let second = try #require(try await world.request().lease).id
        _ = try await world.mayfly(["revoke", second])
        try await eventually("it says why") {
            try await story(world, second).contains("pg_stat_statements is not in")
        }

        try await world.server.execute("CREATE EXTENSION pg_stat_statements", database: "mayfly")
        let third = try await world.request()
        let id = try #require(third.lease).id
        try await run(
            world, third,
            [
                "SELECT customer FROM orders WHERE id = 4711", "SELECT customer FROM orders WHERE id = 4712",
                "SET application_name TO hunter2",
                "SELECT count(*) FROM orders WHERE customer = 'hunter2' -- hunter2",
            ])
        _ = try await world.mayfly(["revoke", id])
        try await eventually("what it ran is told") { try await story(world, id).contains("2 times") }
        let text = try await story(world, id)
        #expect(
            text.contains("SELECT customer FROM orders WHERE id = $1")
                && text.contains("SET application_name TO"), "\(text)")
        #expect(!text.contains("hunter2") && !text.contains("4711") && text.contains("not a log"), "\(text)")

        // Statistics that are reset in mid-lease take nothing away that was read.
        let fourth = try await world.request()
        let last = try #require(fourth.lease).id
        try await run(world, fourth, ["SELECT id FROM orders"])
        let open = try await world.server.connect(
            as: try #require(fourth.credential).username, password: try #require(fourth.credential).password,
            database: "orders")
        try await eventually("it was read") { try await story(world, last).contains("SELECT id FROM orders") }
        try await world.server.execute("SELECT pg_stat_statements_reset()", database: "mayfly")
        _ = try await open.query("SELECT customer FROM orders")
        await open.close()
        _ = try await world.mayfly(["revoke", last])
        try await eventually("both are told") {
            let text = try await story(world, last)
            return text.contains("SELECT id FROM orders") && text.contains("SELECT customer FROM orders")
                && text.contains("were reset meanwhile")
        }
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
        for name in ["mayfly.db", "mayfly.db-wal"] {
            let file = FileManager.default.contents(atPath: "\(world.directory)/\(name)") ?? Data()
            #expect(file.range(of: Data("hunter2".utf8)) == nil, "\(name)")
        }
    }

    @Test("A session between two looks is seen by none, and what it ran tells that the lease was used")
    func short() async throws {
        let world = try await World.make(settings: ["shared_preload_libraries = 'pg_stat_statements'"])
        try world.configure([
            ("    description: Read orders", "    description: Read orders\n    statements: digests")
        ])
        try await world.server.execute("CREATE EXTENSION pg_stat_statements", database: "mayfly")
        try await world.server.execute("UPDATE mayfly.guard SET statements = true", database: "mayfly")
        let daemon = try await world.startDaemon()
        // A look may come just then: it comes once a second, and each of these takes far less.
        var unseen: String?
        for _ in 0..<10 where unseen == nil {
            let reply = try await world.request()
            let lease = try #require(reply.lease).id
            try await run(world, reply, ["SELECT customer FROM orders"])
            _ = try await world.mayfly(["revoke", lease])
            try await eventually("it is told") { try await story(world, lease).contains("SELECT customer") }
            let found = try await world.mayfly(["sessions", "--lease", lease, "--json"]).output
            let list = try MayflyJSON.decoder().decode(SessionList.self, from: Data(found.utf8))
            if list.sessions.isEmpty { unseen = lease }
        }
        let lease = try #require(unseen)
        let text = try await story(world, lease)
        #expect(
            text.contains("used in sessions between two looks") && !text.contains("never used"), "\(text)")
        let unused = try await world.mayfly(["report", "unused", "--since", "1h", "--format", "json"]).output
        #expect(unused.contains("orders-read") && !unused.contains(lease), "\(unused)")
        try await world.stop(daemon)
    }

    @Test("On MariaDB the kinds of statements are counted, where performance_schema is on")
    func mariaDB() async throws {
        let world = try await MariaDBWorld.make(
            options: ["--performance-schema=ON"], profile: "statements: digests")
        let daemon = try await world.startDaemon()
        let reply = try await world.request()
        let (lease, credential) = (try #require(reply.lease), try #require(reply.credential))
        let session = try await world.server.connect(
            as: credential.username, password: credential.password, database: "stock")
        for _ in 0..<3 { _ = try await session.query("SELECT name FROM items WHERE name = 'hunter2'") }
        await session.close()
        _ = try await world.mayfly(["revoke", lease.id])
        func story() async throws -> String {
            try await world.mayfly(["lease", lease.id, "--timeline"]).output
        }
        try await eventually("it is told") { try await story().contains(": select") }
        let text = try await story()
        #expect(text.contains("counts by kind") && !text.contains("hunter2"), "\(text)")
        try await world.stop(daemon)
    }
}
