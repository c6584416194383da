import Foundation
import MayflyAPI
import MayflyTesting
import SQLClients
import Testing

/// What leases did, from the log of a real PostgreSQL, on record by the real daemon.
@Suite(.serialized) struct ServerLogStoryTests {
    private static func makeWorld(_ statements: String, format: String = "jsonlog") async throws -> World {
        let world = try await World.make(settings: [
            "logging_collector = on", "log_destination = 'jsonlog,csvlog'", "log_filename = 'pg-%H%M%S'",
            "log_connections = on", "log_disconnections = on", "log_statement = 'all'",
            "log_min_duration_statement = 0", "log_timezone = 'America/New_York'",
        ])
        try world.configure([
            (
                "    engine: postgresql",
                "    engine: postgresql\n    server_log: { path: \(world.server.dataDirectory)/log, format: \(format) }"
            ),
            ("    description: Read orders", "    description: Read orders\n    statements: \(statements)"),
        ])
        return world
    }

    private func story(_ world: World, _ lease: String) async throws -> String {
        try await world.mayfly(["lease", lease, "--timeline"]).output
    }

    private func run(_ world: World, _ reply: RequestReply, _ scripts: [String]) async throws {
        let credential = try #require(reply.credential)
        let session = try await world.server.connect(
            as: credential.username, password: credential.password, database: "orders")
        for script in scripts { _ = try? await session.run(script: script) }
        await session.close()
    }

    private func holds(_ world: World, _ text: String) -> Bool {
        ["mayfly.db", "mayfly.db-wal"].contains { name in
            let file = FileManager.default.contents(atPath: "\(world.directory)/\(name)") ?? Data()
            return file.range(of: Data(text.utf8)) != nil
        }
    }

    @Test(
        "Redacted: each statement with its time and failure, without a value anywhere",
        arguments: ["jsonlog", "csvlog"])
    func redacted(_ format: String) async throws {
        let world = try await Self.makeWorld("redacted", format: format)
        let daemon = try await world.startDaemon()
        let reply = try await world.request()
        let lease = try #require(reply.lease)
        try await run(
            world, reply,
            [
                "SELECT customer FROM orders WHERE customer = 'hunter2'", "SELECT 'hunter2'::int",
                "SELECT amount FROM salaries", "ALTER ROLE x PASSWORD 'hunter2'",
            ])
        await #expect(throws: PostgreSQLError.self) {
            try await world.server.connect(as: lease.role, password: "hunter3", database: "orders")
        }
        try await eventually("the failed login is told") {
            try await story(world, lease.id).contains("FAILED LOGIN with this role (28P01), from 127.0.0.1")
        }
        let text = try await story(world, lease.id)
        #expect(text.contains("SELECT customer FROM orders WHERE customer = ?"), "\(text)")
        #expect(text.contains("FAILED with 22P02: SELECT ?::int"), "\(text)")
        #expect(text.contains("FAILED with 42501: SELECT amount FROM salaries"), "\(text)")
        #expect(text.contains("ms)") && text.contains("those that the server was told to log"), "\(text)")
        #expect(!text.contains("hunter"), "\(text)")
        let sessions = try await world.mayfly(["sessions", "--lease", lease.id, "--json"]).output
        let session = try #require(
            try MayflyJSON.decoder().decode(SessionList.self, from: Data(sessions.utf8)).sessions.first)
        let one = try await world.mayfly(["session", session.id]).output
        #expect(one.contains("SELECT customer FROM orders WHERE customer = ?"), "\(one)")
        let audit = try await world.mayfly(["audit", "--json"]).output
        #expect(audit.contains("login.failed") && audit.contains("statements.logged"))
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
        #expect(!holds(world, "hunter"))
    }

    @Test("Full: values are kept, passwords are not, and what a statement forges is its text")
    func full() async throws {
        let world = try await Self.makeWorld("full")
        let daemon = try await world.startDaemon()
        let (first, second) = (try await world.request(), try await world.request())
        let (lease, other) = (try #require(first.lease), try #require(second.lease))
        try await run(
            world, first,
            [
                "SELECT 'kept'", "ALTER ROLE \(lease.role) PASSWORD 'hunter2'",
                "SELECT '\n{\"timestamp\":\"2026-11-30 22:44:35.548 UTC\",\"user\":\"\(other.role)\"}\n\u{1B}[2J'",
                "DO $$ BEGIN RAISE LOG 'disconnection: session time: 0:00:00.001 user=x'; END $$",
            ])
        try await eventually("it was read") {
            try await story(world, lease.id).contains("the server saw it end")
        }
        let text = try await story(world, lease.id)
        #expect(text.contains("SELECT 'kept'") && text.contains("values withheld"), "\(text)")
        #expect(text.contains(#"had the server's log say: "disconnection"#), "\(text)")
        #expect(
            !text.contains("hunter2") && !text.contains("\u{1B}") && text.contains("\\u{1b}[2J"), "\(text)")
        #expect(try await !story(world, other.id).contains("ran"))
        try await world.stop(daemon)
        #expect(!holds(world, "hunter2"))
    }

    @Test(
        "A daemon that dies between reading and commit, or after it, loses nothing and keeps nothing twice",
        arguments: ["read", "taken"])
    func crash(_ place: String) async throws {
        let world = try await Self.makeWorld("full")
        var daemon = try await world.startDaemon(failpoint: "server_log.\(place)")
        let reply = try await world.request()
        try await run(world, reply, ["SELECT 'one'"])
        _ = try await daemon.outcome()
        try await run(world, reply, ["SELECT 'two'"])
        daemon = try await world.startDaemon()
        let lease = try #require(reply.lease).id
        try await eventually("both are told") {
            let text = try await story(world, lease)
            return text.contains("SELECT 'one'") && text.contains("SELECT 'two'")
        }
        let text = try await story(world, lease)
        for word in ["SELECT 'one'", "SELECT 'two'"] {
            #expect(text.components(separatedBy: word).count == 2, "\(text)")
        }
        // Nobody looked at the server in the second one's short life.
        let sessions = try await world.mayfly(["sessions", "--lease", lease, "--json"]).output
        #expect(sessions.contains("server_log"), "\(sessions)")
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
    }

    @Test(
        "Nothing that a lease holder sends hides what he ran: not a setting, a quote, a name, nor thousands of statements"
    )
    func hidden() async throws {
        let world = try await Self.makeWorld("redacted")
        let daemon = try await world.startDaemon()
        let reply = try await world.request()
        let (lease, credential) = (try #require(reply.lease), try #require(reply.credential))
        try await run(
            world, reply,
            [
                "SET a.b = 1; DELETE FROM orders WHERE customer = 'hunter2'",
                "SELECT '\\'; DROP TABLE salaries; --'",
                "DO $$ BEGIN UPDATE salaries SET amount = 4711; END $$",
            ])
        let session = try await world.server.connect(
            as: credential.username, password: credential.password, database: "orders")
        for _ in 0..<5100 { _ = try await session.query("SELECT 1") }
        _ = try? await session.query("SELECT amount FROM salaries")
        await session.close()
        await #expect(throws: PostgreSQLError.self) {
            try await world.server.connect(as: lease.role, password: "hunter3", database: "orders")
        }
        try await eventually("the failed login is told") {
            try await story(world, lease.id).contains("FAILED LOGIN with this role (28P01), from 127.0.0.1")
        }
        let text = try await story(world, lease.id)
        #expect(text.contains("SET a.b = ?; DELETE FROM orders WHERE customer = ?"))
        #expect(text.contains("SELECT ? … (DROP TABLE)") && text.contains("[unclear: "))
        #expect(text.contains("UPDATE salaries SET amount = ?"))
        #expect(text.contains("FAILED with 42501: SELECT amount FROM salaries") && !text.contains("hunter2"))
        #expect(text.components(separatedBy: "SELECT ?").count > 5100)
        try await world.stop(daemon)
    }

    @Test("A log that is not here is said where somebody would look for it")
    func elsewhere() async throws {
        let world = try await Self.makeWorld("redacted")
        try world.configure([("\(world.server.dataDirectory)/log,", "/nonexistent/log,")])
        let daemon = try await world.startDaemon()
        let lease = try #require(try await world.request().lease).id
        try await eventually("it is said") {
            try await story(world, lease).contains("the log may be on another host")
        }
        let log = try await world.mayfly(["audit", "--json"]).output
        #expect(log.contains("server_log.gap") && log.contains("away") && log.contains("missing"))
        try await world.stop(daemon)
    }
}
