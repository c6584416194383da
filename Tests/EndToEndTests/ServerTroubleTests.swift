import Foundation
import Glibc
import MayflyAPI
import MayflyTesting
import SQLClients
import Testing

/// The real daemon and what happens to servers.
@Suite(.serialized) struct ServerTroubleTests {
    @Test("Restarted in the middle of many requests, the server keeps no role without a lease")
    func restartedInBatch() async throws {
        let world = try await World.make()
        let daemon = try await world.startDaemon()
        async let asked = world.requests(90)
        try await eventually("some have got theirs") { try await world.roles().count > 5 }
        try await world.server.restart(.immediate)
        let given = try await asked.compactMap { $0.credential?.username }
        try await world.expectSettled()
        // Whoever has a password has a role; who was given none left none.
        #expect(try await world.roles().isSuperset(of: given))
        #expect(try await world.mayfly(["request", "orders-read"]).status == 0)
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
    }

    @Test("The broker's account is dropped: requests are refused clearly, and leases end once it is back")
    func accountDropped() async throws {
        let world = try await World.make()
        let daemon = try await world.startDaemon()
        let lease = try #require(try await world.request(["orders-read", "--ttl", "20s"]).lease)
        for database in ["mayfly", "orders", "postgres"] {
            try await world.server.execute("DROP OWNED BY mayfly", database: database)
        }
        try await world.server.execute("DROP ROLE mayfly")
        try await world.server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'mayfly' OR usename IS NULL"
                + " AND backend_type = 'client backend'")
        try await eventually("requests are refused") {
            try await world.mayfly(["request", "orders-read"]).status
                == ExitStatus.databaseUnreachable.rawValue
        }
        let refused = try await world.mayfly(["request", "orders-read"])
        #expect(!refused.errors.contains(World.brokerPassword))
        #expect(try await world.roles().contains(lease.role))
        try await eventually("the status says that the login was refused") {
            try await world.mayfly(["status", "--format", "json"]).output.contains("28")  // SQLSTATE class 28
        }

        try await world.restoreAccount()
        // While nothing answers, what is due stays active on record: agreement alone would say little.
        try await eventually("the lease is ended") {
            try await !world.roles().contains(lease.role)
        }
        try await world.expectSettled()
        try await world.stop(daemon)
    }

    @Test("A server out of connections: those held open go on, and without them the answer is clear")
    func outOfConnections() async throws {
        let world = try await World.make(settings: ["max_connections = 15"])
        let daemon = try await world.startDaemon()
        _ = try await world.request()
        try await world.server.execute("CREATE ROLE hog LOGIN PASSWORD 'hog'")
        var hogs = try await Self.fill(world)
        // The broker has its connections already.
        let id = try #require(try await world.request(["orders-read", "--ttl", "5m"]).lease).id
        #expect(try await world.mayfly(["revoke", id]).status == 0)

        let expiring = try await world.request(["orders-read", "--ttl", "6s"])
        // The broker opens its connections again at once: it is kept out until the others have them.
        try await world.server.execute("ALTER ROLE mayfly CONNECTION LIMIT 0")
        try await world.server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'mayfly'")
        hogs += try await Self.fill(world)
        try await world.server.execute("ALTER ROLE mayfly CONNECTION LIMIT -1")
        let refused = try await world.mayfly(["request", "orders-read"])
        #expect([69, 75].contains(refused.status), "\(refused)")
        for hog in hogs { await hog.close() }
        let role = try #require(expiring.credential).username
        try await eventually("the lease ends when there is room") {
            try await !world.roles().contains(role)
        }
        try await world.expectSettled()
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
    }

    /// Takes every connection that is left.
    private static func fill(_ world: World) async throws -> [PostgreSQLConnection] {
        var all: [PostgreSQLConnection] = []
        while all.count < 20 {
            do {
                all.append(try await world.server.connect(as: "hog", password: "hog", database: "postgres"))
            } catch { return all }
        }
        return all
    }

    @Test("After a fail-over the daemon finds the new server, and state and server agree")
    func failover() async throws {
        let world = try await World.make()
        try world.configure([("hosts: [ 127.0.0.1 ]", "hosts: [ 127.0.0.1, 127.0.0.2 ]")])
        let standby = try await world.server.makeStandby(at: "127.0.0.2")
        let daemon = try await world.startDaemon()
        let kept = try #require(try await world.request().lease)
        let resurrected = try #require(try await world.request().lease)
        try await world.server.waitForReplay(on: standby)
        // From here on nothing replicates any more.
        try await standby.execute("ALTER SYSTEM SET primary_conninfo = ''")
        try await standby.reload()
        try await eventually("the standby no longer streams") {
            try await world.server.execute("SELECT FROM pg_stat_replication").isEmpty
        }
        let lost = try #require(try await world.request().lease)
        #expect(try await world.mayfly(["revoke", resurrected.id]).status == 0)
        try await world.server.stop(.immediate)
        try await standby.promote()

        try await eventually("the new server is found") {
            try await world.mayfly(["request", "orders-read"]).status == 0
        }
        try await eventually("the lost lease has ended, the resurrected role is gone", within: .seconds(90)) {
            let roles = try await standby.execute(
                "SELECT rolname FROM pg_roles WHERE rolname LIKE 'mf\\_e2e\\_%'"
            ).map { try $0.string("rolname") }
            let active = try await world.leases().filter { $0.state == .active }.map(\.role)
            return Set(roles) == Set(active) && roles.contains(kept.role) && !roles.contains(resurrected.role)
        }
        let leases = try await world.leases()
        #expect(leases.first { $0.id == lost.id }?.endReason == .roleMissing)
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
    }

    @Test("A server that hangs keeps nobody waiting who asks for another")
    func twoServers() async throws {
        let world = try await World.make(timeout: "20s")
        let other = try await world.addDatabase("billing")
        let daemon = try await world.startDaemon()
        #expect(try await world.mayfly(["request", "billing-read"]).status == 0)
        _ = try await world.request(["billing-read", "--ttl", "2s"])
        try await other.freeze()
        // As many as may wait for the one that hangs.
        async let hanging = world.requests(12, profile: "billing-read")
        let expiring = try #require(try await world.request(["orders-read", "--ttl", "3s"]).lease)
        for _ in 0..<5 {
            let took = try await timed {
                _ = try await world.request(["orders-read", "--ttl", "10m"])
            }
            #expect(took < .seconds(15))
        }
        let revoking = try #require(try await world.request().lease)
        let took = try await timed { _ = try await world.mayfly(["revoke", revoking.id]) }
        #expect(try await !world.roles().contains(revoking.role))
        #expect(took < .seconds(15))
        try await eventually("what expires on the well server ends in time") {
            try await !world.roles().contains(expiring.role)
        }
        #expect(Date().timeIntervalSince(expiring.expiresAt) < 18)
        try other.thaw()
        _ = try await hanging
        try await eventually("what expired on the other ends too") {
            let leases = try await world.leases().filter { $0.database == "billing" }
            return leases.allSatisfy { $0.state == .active || $0.state == .revoked || $0.state == .failed }
                && leases.contains { $0.state == .revoked }
        }
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
    }

    @Test("200 leases that expire at once are gone in seconds, and who asks meanwhile is served")
    func massExpiry() async throws {
        let world = try await World.make()
        try world.configure([("per_person: 100, total: 200", "per_person: 1000, total: 1000")])
        let daemon = try await world.startDaemon()
        // So long that all are there before the first one ends.
        let replies = try await world.requests(200, ttl: 30)
        #expect(replies.count == 200)
        let ends = replies.compactMap { $0.lease?.expiresAt }
        let (first, last) = (try #require(ends.min()), try #require(ends.max()))
        try await eventually("the first have expired") { Date() > first }
        var worst = Duration.zero
        let expiring = Set(replies.compactMap { $0.credential?.username })
        while try await !world.roles().isDisjoint(with: expiring), Date() < last.addingTimeInterval(60) {
            worst = max(
                worst,
                try await timed { _ = try await world.request(["orders-read", "--ttl", "1h"]) })
        }
        #expect(worst < .seconds(30))
        // Bounded, on a machine that runs other tests beside this one; how fast it is the bench measures.
        #expect(Date().timeIntervalSince(last) < 60)
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
    }

    private func timed(_ work: () async throws -> Void) async throws -> Duration {
        let start = ContinuousClock.now
        try await work()
        return start.duration(to: .now)
    }

    @Test("An administrator ends another's lease", .enabled(if: LeaseStoryTests.isRoot))
    func administrator() async throws {
        let world = try await World.make()
        let daemon = try await world.startDaemon()
        let asked = try await world.mayfly(["request", "orders-read", "--format", "json"], user: "nobody")
        let reply = try MayflyJSON.decoder().decode(RequestReply.self, from: Data(asked.output.utf8))
        let id = try #require(reply.lease).id
        #expect(try await world.mayfly(["revoke", id, "--reason", "leaked"]).status == 0)
        #expect(try await world.roles().isEmpty)
        let record = try await world.mayfly(["audit", "--limit", "10", "--format", "json"])
        #expect(record.output.contains("leaked"), "\(record)")
        try await world.stop(daemon)
    }
}
