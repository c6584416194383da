import Foundation
import MayflyAPI
import MayflyTesting
import SQLClients
import Testing

/// From request to gone, with the real binaries on a real server.
struct LeaseStoryTests {
    @Test(
        "A credential works within its scope, and at expiry the session is cut and the role gone within a second"
    )
    func expiry() async throws {
        let world = try await World.make()
        let daemon = try await world.startDaemon()
        let reply = try await world.request(["orders-read", "--ttl", "10s", "--reason", "INC-1: a look"])
        let credential = try #require(reply.credential)
        #expect(credential.username.hasPrefix("mf_e2e_"))
        let session = try await world.server.connect(
            as: credential.username, password: credential.password, database: credential.database)
        #expect(try await session.query("SELECT * FROM orders").count == 2)
        do {
            _ = try await session.query("SELECT * FROM salaries")
            Issue.record("a table out of scope was read")
        } catch { #expect(error.sqlState?.code == "42501") }
        let comment = try await world.server.execute(
            "SELECT shobj_description(oid, 'pg_authid') AS c FROM pg_roles WHERE rolname = $1",
            [credential.username]
        ).only().string("c")
        #expect(comment.contains("requester=\(world.me)"))

        try await eventually("the session is cut") {
            do {
                _ = try await session.query("SELECT 1")
                return false
            } catch { return true }
        }
        // A second after the expiry, on a machine that does nothing else; long before a sweep would find it on any.
        let expiresAt = try #require(reply.lease).expiresAt
        #expect(Date() >= expiresAt.addingTimeInterval(-0.5) && Date().timeIntervalSince(expiresAt) < 15)
        await session.close()
        try await eventually("the role is gone") { try await world.roles().isEmpty }
        try await eventually("the lease is revoked") {
            try await world.leases().map(\.state) == [.revoked]
        }
        #expect(try await world.leases().first?.endReason == .expired)
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
    }

    @Test("Renewing moves the end in the server too, and stays under the maximum of the rule")
    func renewing() async throws {
        let world = try await World.make()
        let daemon = try await world.startDaemon()
        let reply = try await world.request(["orders-read", "--ttl", "2m"])
        let role = try #require(reply.credential).username
        let id = try #require(reply.lease).id
        let before = try await validUntil(role, world)
        let renewed = try await world.mayfly(["renew", id, "--ttl", "30m"])
        #expect(renewed.status == 0, "\(renewed)")
        #expect(try await validUntil(role, world) > before.addingTimeInterval(1500))
        let above = try await world.mayfly(["renew", id, "--ttl", "2h"])
        #expect(above.status == 65, "\(above)")
        #expect(above.errors.contains("maximum"))
        try await world.stop(daemon)
    }

    private func validUntil(_ role: String, _ world: World) async throws -> Date {
        let seconds = try await world.server.execute(
            "SELECT extract(epoch FROM rolvaliduntil)::text AS at FROM pg_roles WHERE rolname = $1", [role]
        ).only().string("at")
        return Date(timeIntervalSince1970: try #require(Double(seconds)))
    }

    @Test("A role that owns a table stays locked, visible and intact, and ends once the table is reassigned")
    func owner() async throws {
        let world = try await World.make()
        let daemon = try await world.startDaemon()
        let reply = try await world.request(["orders-ddl"])
        let credential = try #require(reply.credential)
        let session = try await world.server.connect(
            as: credential.username, password: credential.password, database: "orders")
        _ = try await session.query("CREATE TABLE precious (x int)")
        _ = try await session.query("INSERT INTO precious VALUES (1)")
        await session.close()
        let id = try #require(reply.lease).id
        _ = try await world.mayfly(["revoke", id])
        try await eventually("the lease is locked") {
            try await world.leases().map(\.state) == [.locked]
        }
        let shown = try await world.mayfly(["lease", id])
        #expect(shown.output.contains("precious"), "\(shown)")
        let why = try await world.mayfly(["lease", id, "--why-locked"])
        #expect(why.output.contains("the role owns objects in \"orders\""), "\(why)")
        let statements = try #require(why.output.components(separatedBy: "A DBA would run:\n").last)
        #expect(
            try await world.server.execute("SELECT x FROM precious", database: "orders").count == 1)
        await #expect(throws: (any Error).self) {
            try await world.server.connect(
                as: credential.username, password: credential.password, database: "orders")
        }
        // As they stand there, and by a DBA.
        try await world.server.psql(script: statements)
        let owner = try await world.server.execute(
            "SELECT tableowner AS o FROM pg_tables WHERE tablename = 'precious'", database: "orders")
        #expect(try owner.only().string("o") == "postgres")
        _ = try await world.mayfly(["revoke", id])
        try await world.expectSettled()
        #expect(try await world.leases().map(\.state) == [.revoked])
        try await world.stop(daemon)
    }

    @Test("Somebody else's lease and one that does not exist get the same answer", .enabled(if: isRoot))
    func others() async throws {
        let world = try await World.make()
        let daemon = try await world.startDaemon()
        let id = try #require(try await world.request().lease).id
        let foreign = try await world.mayfly(["lease", id], user: "nobody")
        let missing = try await world.mayfly(
            ["lease", "00000000-0000-4000-8000-000000000000"], user: "nobody")
        #expect(foreign.status == 66 && missing.status == 66, "\(foreign) \(missing)")
        #expect(
            foreign.errors.replacing(id, with: "ID")
                == missing.errors.replacing("00000000-0000-4000-8000-000000000000", with: "ID"))
        let revoking = try await world.mayfly(["revoke", id], user: "nobody")
        #expect(revoking.status == 66, "\(revoking)")
        #expect(try await world.roles().count == 1)
        // An auditor sees it, and may not end it.
        #expect(try await world.mayfly(["lease", id], user: "daemon").status == 0)
        #expect(try await world.mayfly(["revoke", id], user: "daemon").status == 77)
        // Who has no rule gets nothing.
        let denied = try await world.mayfly(["request", "orders-read"], user: "daemon")
        #expect(denied.status == 77, "\(denied)")
        #expect(try await world.roles().count == 1)
        try await world.stop(daemon)
    }

    static let isRoot = getuid() == 0

    @Test("A repeated create with the same key is the same lease with a fresh password")
    func idempotency() async throws {
        let world = try await World.make()
        let daemon = try await world.startDaemon()
        let first = try await create(key: "job-1", world)
        let second = try await create(key: "job-1", world)
        #expect(first.lease?.id == second.lease?.id)
        #expect(first.credential?.password != second.credential?.password)
        #expect(try await world.roles().count == 1)
        let role = try #require(first.credential).username
        await #expect(throws: (any Error).self) {
            try await world.server.connect(
                as: role, password: first.credential?.password, database: "orders")
        }
        let session = try await world.server.connect(
            as: role, password: second.credential?.password, database: "orders")
        // Once it was used, nobody gets another password for it.
        let third = try await curl(key: "job-1", world)
        #expect(!third.contains("\"password\""), "\(third)")
        await session.close()
        try await world.stop(daemon)
    }

    private func create(key: String, _ world: World) async throws -> RequestReply {
        try MayflyJSON.decoder().decode(RequestReply.self, from: Data(try await curl(key: key, world).utf8))
    }

    /// As anybody might call the API, without a client of ours.
    private func curl(key: String, _ world: World) async throws -> String {
        try await TestCommand.run([
            "curl", "-sS", "--unix-socket", world.socket, "-H", "Content-Type: application/json",
            "-H", "Idempotency-Key: \(key)", "-d", #"{"profile": "orders-read"}"#,
            "http://localhost/v1/requests",
        ])
    }

    @Test("The password stands nowhere but in the reply")
    func nowhere() async throws {
        let world = try await World.make(settings: [
            "log_statement = 'all'", "log_min_duration_statement = 0",
        ])
        let daemon = try await world.startDaemon()
        let password = try #require(try await world.request().credential).password
        _ = try await world.mayfly(["audit", "--limit", "100"])
        try await world.stop(daemon)
        let state = try Data(contentsOf: URL(filePath: world.statePath))
        let log = try Data(contentsOf: URL(filePath: world.server.logPath))
        for (name, data) in [
            ("state", state), ("server log", log), ("daemon log", Data(try daemon.errors().utf8)),
        ] {
            #expect(data.range(of: Data(password.utf8)) == nil, "in the \(name)")
        }
    }
}
