import Foundation
import Glibc
import MayflyAPI
import MayflyCore
import MayflyTesting
import SQLClients
import Testing

/// `mode: direct` with the real daemon: what it says of itself, and what is left when it is killed.
@Suite(.serialized)
struct DirectStoryTests {
    @Test("Status, lease, audit record and metrics say that there is no guard")
    func says() async throws {
        let world = try await World.makeDirect()
        let daemon = try await world.startDaemon()
        let reply = try await world.request()
        let lease = try #require(reply.lease)
        #expect(lease.mode == .direct)
        try await eventually("the daemon has looked at the server") {
            try await world.mayfly(["status"]).output.contains("reachable")
        }
        let status = try await world.mayfly(["status"])
        #expect(status.output.contains("mode direct: nothing in the server holds our account to its job"))
        #expect(try await world.mayfly(["lease", lease.id]).output.contains("(postgresql, direct)"))
        let audit = try await world.mayfly(["audit", "--format", "json"])
        let records = audit.output.filter { !$0.isWhitespace }
        #expect(records.contains("lease.active") && records.contains("\"mode\":\"direct\""))
        let check = try await world.mayflyd(["check", "--connect", "--config", world.configurationPath])
        #expect(check.status == 0 && check.output.contains("mode direct:"))
        _ = try await world.mayfly(["revoke", lease.id])
        #expect(try await world.roles().isEmpty)
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
    }

    @Test(
        "Killed while it issues without a guard, the daemon leaves nothing half done",
        arguments: [Failpoint.intentRecorded, .roleMade, .leaseActive])
    func issuing(failpoint: Failpoint) async throws {
        let world = try await World.makeDirect()
        let killed = try await world.startDaemon(failpoint: failpoint.rawValue)
        _ = try await world.mayfly(["request", "orders-read", "--format", "json", "--timeout", "3s"])
        #expect(try await killed.outcome().status == -SIGKILL)
        let daemon = try await world.startDaemon()
        try await world.expectSettled()
        let states = try await world.leases().map(\.state)
        #expect(!states.isEmpty)
        if failpoint != .leaseActive { #expect(states.allSatisfy { $0 == .failed }) }
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
    }

    @Test(
        "Killed between any two steps of a revocation without a guard, the daemon finishes it after a restart",
        arguments: [Failpoint.revocationRecorded, .roleLocked, .sessionsEnded, .roleCleaned, .roleDropped])
    func revoking(failpoint: Failpoint) async throws {
        let world = try await World.makeDirect()
        let killed = try await world.startDaemon(failpoint: failpoint.rawValue)
        let reply = try await world.request()
        let session = try await world.server.connect(
            as: try #require(reply.credential).username, password: reply.credential?.password,
            database: "orders")
        _ = try await world.mayfly(["revoke", try #require(reply.lease).id, "--timeout", "3s"])
        #expect(try await killed.outcome().status == -SIGKILL)
        let daemon = try await world.startDaemon()
        try await world.expectSettled()
        #expect(try await world.roles().isEmpty)
        #expect(try await world.leases().map(\.state) == [.revoked])
        await #expect(throws: (any Error).self) { try await session.query("SELECT 1") }
        await session.close()
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
    }

    @Test("Raw SQL for a role's end is run after a restart, too, from what is on record")
    func rawSQL() async throws {
        let world = try await World.makeDirect()
        try await world.server.psql(
            script: """
                CREATE TABLE ended (at timestamptz); GRANT INSERT ON ended TO mayfly;
                GRANT SELECT ON salaries TO mayfly WITH GRANT OPTION;
                """, database: "orders")
        try world.configure([
            (
                "    description: Read orders\n",
                """
                    description: Read orders
                    creation_statements: [ "GRANT SELECT ON public.salaries TO {{name}}" ]
                    revocation_statements: [ "REVOKE SELECT ON public.salaries FROM {{name}}", "INSERT INTO public.ended VALUES (now())" ]

                """
            )
        ])
        let killed = try await world.startDaemon(failpoint: Failpoint.revocationRecorded.rawValue)
        let reply = try await world.request()
        let session = try await world.server.connect(
            as: try #require(reply.credential).username, password: reply.credential?.password,
            database: "orders")
        _ = try await session.query("SELECT * FROM salaries")
        _ = try await world.mayfly(["revoke", try #require(reply.lease).id, "--timeout", "3s"])
        #expect(try await killed.outcome().status == -SIGKILL)
        let daemon = try await world.startDaemon()
        try await world.expectSettled()
        #expect(try await world.roles().isEmpty)
        let ended = try await world.server.execute("SELECT count(*) AS n FROM ended", database: "orders")
        #expect(try ended.only().int("n") == 1)
        await session.close()
        try await world.stop(daemon)
    }

    /// MariaDB's accounts say nothing of whose they are: after a restart only the state does.
    @Test(
        "Killed at any step on MariaDB without a guard, the daemon finds in its state what it had made",
        arguments: [Failpoint.roleMade, .leaseActive, .roleLocked, .sessionsEnded])
    func mariadb(failpoint: Failpoint) async throws {
        let world = try await MariaDBWorld.make(mode: "direct")
        let killed = try await world.startDaemon(failpoint: failpoint.rawValue)
        let asked = try await world.mayfly(["request", "stock-read", "--format", "json", "--timeout", "3s"])
        if asked.status == 0 {
            let reply = try MayflyJSON.decoder().decode(RequestReply.self, from: Data(asked.output.utf8))
            _ = try await world.mayfly(["revoke", try #require(reply.lease).id, "--timeout", "3s"])
        }
        #expect(try await killed.outcome().status == -SIGKILL)
        let daemon = try await world.startDaemon()
        try await world.expectSettled()
        if asked.status == 0 { #expect(try await world.accounts().isEmpty) }
        // What lives goes on to its end.
        for lease in try await world.leases() where lease.state == .active {
            _ = try await world.mayfly(["revoke", lease.id])
        }
        try await world.expectSettled()
        #expect(try await world.accounts().isEmpty)
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
    }
}
