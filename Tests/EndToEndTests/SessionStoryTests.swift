import Foundation
import MayflyAPI
import MayflyTesting
import SQLClients
import Testing

/// Sessions of real clients, followed by the real daemon on a real PostgreSQL.
@Suite(.serialized) struct SessionStoryTests {
    private func sessions(_ world: World, _ arguments: [String] = [], user: String? = nil) async throws
        -> [Session]
    {
        let outcome = try await world.mayfly(["sessions", "--json"] + arguments, user: user)
        guard outcome.status == 0 else { throw WorldFailure("no sessions: \(outcome)") }
        return try MayflyJSON.decoder().decode(SessionList.self, from: Data(outcome.output.utf8)).sessions
    }

    private func logIn(
        _ world: World, _ reply: RequestReply, name: String = "psql"
    ) async throws -> PostgreSQLConnection {
        let credential = try #require(reply.credential)
        let password = AccountPassword(copying: credential.password.utf8)
        let parameters = PostgreSQLParameters(
            hosts: ["127.0.0.1"], port: world.server.port, database: "orders", user: credential.username,
            password: password, tls: .disable, applicationName: name, requiresWritable: false)
        return try await PostgreSQLConnection.connect(parameters, timeout: .seconds(20))
    }

    @Test("Sessions are on record from beginning to end, with how they ended, and are told as one story")
    func story() async throws {
        let world = try await World.make()
        let daemon = try await world.startDaemon()
        let reply = try await world.request(["orders-read", "--reason", "look into order 17"])
        let lease = try #require(reply.lease)
        let first = try await logIn(world, reply)
        let second = try await logIn(world, reply)
        _ = try await first.query("SELECT 'secret-4711'")
        try await eventually("both sessions are seen") {
            try await sessions(world, ["--live", "--lease", lease.id]).count == 2
        }
        let pid = try await second.query("SELECT pg_backend_pid() AS pid").only().int("pid")
        let live = try await sessions(world, ["--live", "--database", "orders", "--user", world.me])
        let victim = try #require(live.first { $0.number == pid })
        #expect(
            victim.clientAddress == "127.0.0.1" && victim.clientPort != nil && victim.inDatabase == "orders")
        #expect(victim.encrypted == false && victim.startKnown && victim.state == "idle")
        #expect(victim.requester == world.me && victim.leaseId == lease.id && victim.unlikeEarlier.isEmpty)

        await first.close()
        try await eventually("its client has ended one") {
            try await sessions(world).contains { $0.how == .client }
        }
        // Nobody but administrators ends another's, and to others it does not exist.
        #expect(try await world.mayfly(["kill", victim.id], user: "nobody").status != 0)
        #expect(
            try await world.mayfly(["kill", victim.id], user: "daemon").status == ExitStatus.denied.rawValue)
        #expect(try await sessions(world, user: "nobody").isEmpty)
        #expect(
            try await world.mayfly(["session", victim.id], user: "nobody").status
                == ExitStatus.notFound.rawValue)
        _ = try await second.query("SELECT 1")
        let killed = try await world.mayfly([
            "kill", String(victim.id.prefix(8)), "--reason", "it is in the way",
        ])
        #expect(killed.status == 0, "\(killed)")
        await #expect(throws: PostgreSQLError.self) { _ = try await second.query("SELECT 1") }
        try await eventually("it was killed") {
            try await sessions(world).contains { $0.id == victim.id && $0.how == .killed }
        }
        // Killing what is over is success, and changes nothing.
        #expect(try await world.mayfly(["kill", victim.id]).output.contains("ended: killed"))

        let third = try await logIn(world, reply, name: "pg_dump \u{1B}[31m")
        try await eventually("the third is seen") { try await sessions(world, ["--live"]).count == 1 }
        let text = try await world.mayfly(["watch"])
        #expect(text.status == 0 && text.output.contains("1 leases, 1 sessions"), "\(text)")
        #expect(text.output.contains("idle") && !text.output.contains("\u{1B}"), "\(text)")
        #expect(try await sessions(world, ["--live"]).first?.unlikeEarlier == ["new_application"])
        _ = try await world.mayfly(["revoke", lease.id, "--reason", "done"])
        await #expect(throws: PostgreSQLError.self) { _ = try await third.query("SELECT 1") }
        try await eventually("it ended with the lease") {
            try await sessions(world).contains { $0.how == .revoked }
        }
        try await eventually("the lease is over") { try await world.leases().first?.state == .revoked }

        let story = try await world.mayfly(["lease", lease.id, "--timeline"])
        var rest = story.output[...]
        for part in [
            "asked for orders-read for 30m: look into order 17", "is being made", "can log in", "began",
            "127.0.0.1",
            "by its client", "it is in the way", "by an administrator",
            "UNLIKE EARLIER ONES: new_application",
            "it ends (revoked)", "done", "the login role is gone",
        ] {
            let range = try #require(rest.range(of: part), "\(part) in \(story.output)")
            rest = rest[range.upperBound...]
        }
        #expect(story.output.contains("by us, with the lease") && story.output.contains("between two looks"))
        #expect(!story.output.contains("secret-4711") && !story.output.contains("\u{1B}"))
        let json = try await world.mayfly(["lease", lease.id, "--timeline", "--json"])
        let timeline = try MayflyJSON.decoder().decode(LeaseTimeline.self, from: Data(json.output.utf8))
        #expect(timeline.sessions == 3 && timeline.entries.filter { $0.kind == "session" }.count == 8)
        #expect(timeline.entries.map(\.at) == timeline.entries.map(\.at).sorted())

        let unused = try #require(try await world.request().lease)
        _ = try await world.mayfly(["revoke", unused.id])
        #expect(try await world.mayfly(["lease", unused.id, "--timeline"]).output.contains("never used"))
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
    }

    @Test("Expiry, a restart of the server, and a daemon that was away are told apart")
    func ends() async throws {
        let world = try await World.make()
        var daemon = try await world.startDaemon()
        let short = try await world.request(["orders-read", "--ttl", "8s"])
        let expiring = try await logIn(world, short)
        try await eventually("it is seen") { try await sessions(world, ["--live"]).count == 1 }
        try await eventually("it expired", within: .seconds(30)) {
            try await sessions(world).first?.how == .expired
        }
        await expiring.close()

        let reply = try await world.request()
        let session = try await logIn(world, reply)
        try await eventually("it is seen") { try await sessions(world, ["--live"]).count == 1 }
        // While the daemon is away it goes on, and is the same afterwards.
        let id = try await sessions(world, ["--live"]).first?.id
        try await world.stop(daemon)
        daemon = try await world.startDaemon()
        try await eventually("it is looked at") { try await sessions(world, ["--live"]).first?.state != nil }
        #expect(try await sessions(world, ["--live"]).map(\.id) == [id])
        try await world.server.restart()
        await session.close()
        try await eventually("it ended with the server", within: .seconds(60)) {
            try await sessions(world).first { $0.id == id }?.how == .serverRestart
        }
        try await world.stop(daemon)
    }

    @Test("200 sessions of one role are on record one by one, while they are open and after")
    func many() async throws {
        let world = try await World.make(settings: ["max_connections = 300"])
        try world.configure([
            ("    description: Read orders", "    description: Read orders\n    connection_limit: 200")
        ])
        let daemon = try await world.startDaemon()
        let reply = try await world.request()
        let lease = try #require(reply.lease)
        var open: [PostgreSQLConnection] = []
        for _ in 0..<200 { open.append(try await logIn(world, reply)) }
        await #expect(throws: PostgreSQLError.self) { _ = try await logIn(world, reply) }
        var pids: Set<Int64> = []
        for session in open {
            pids.insert(Int64(try await session.query("SELECT pg_backend_pid() AS pid").only().int("pid")))
        }
        try await eventually("all are seen") {
            try await sessions(world, ["--live", "--lease", lease.id, "--limit", "300"]).count == 200
        }
        let live = try await sessions(world, ["--live", "--limit", "300"])
        #expect(Set(live.map { Int64($0.number) }) == pids)
        _ = try await world.mayfly(["revoke", lease.id])
        try await eventually("all have ended with it") {
            try await sessions(world, ["--lease", lease.id, "--limit", "300"]).count { $0.how == .revoked }
                == 200
        }
        let json = try await world.mayfly(["lease", lease.id, "--timeline", "--json"]).output
        let timeline = try MayflyJSON.decoder().decode(LeaseTimeline.self, from: Data(json.utf8))
        #expect(timeline.sessions == 200 && timeline.entries.count { $0.kind == "session" } == 400)
        for session in open { await session.close() }
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
    }
}
