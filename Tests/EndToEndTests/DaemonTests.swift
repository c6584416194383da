import Foundation
import Glibc
import MayflyAPI
import MayflyTesting
import SQLClients
import Testing

/// The daemon among its troubles: a second one, a wrong configuration, a server or a disk that fails.
struct DaemonTests {
    @Test("A second daemon on the same state is refused, and the first goes on")
    func second() async throws {
        let world = try await World.make()
        let daemon = try await world.startDaemon()
        let second = try await world.mayflyd(["--config", world.configurationPath])
        #expect(second.status == 1, "\(second)")
        #expect(second.errors.contains("another mayflyd"))
        #expect(try await world.mayfly(["whoami"]).status == 0)
        try await world.stop(daemon)
        #expect(!FileManager.default.fileExists(atPath: world.socket))
    }

    @Test("SIGHUP reads the configuration again; a wrong one is refused and the old one stays")
    func reload() async throws {
        let world = try await World.make()
        let daemon = try await world.startDaemon()
        try world.writeConfiguration(extra: "nonsense: true")
        daemon.signal(SIGHUP)
        try await eventually("the refusal is on record") {
            try await world.mayfly(["audit", "--limit", "50"]).output.contains("configuration.refused")
        }
        #expect(try await world.mayfly(["request", "orders-read", "--format", "json"]).status == 0)
        try world.writeConfiguration(perPerson: 1)
        daemon.signal(SIGHUP)
        try await eventually("the new limit is in force") {
            try await world.mayfly(["request", "orders-read", "--format", "json"]).errors.contains("maximum")
        }
        try await world.stop(daemon)
    }

    @Test(
        "A database that the new configuration lacks is kept until its leases have ended, also across a restart"
    )
    func retired() async throws {
        let world = try await World.make()
        var daemon = try await world.startDaemon()
        let reply = try await world.request(["orders-read", "--ttl", "10m"])
        let id = try #require(reply.lease).id
        try world.renameDatabase()
        daemon.signal(SIGHUP)
        try await eventually("the database is retired") {
            try await world.mayfly(["status", "--format", "json"]).output.contains(#""retired" : true"#)
        }
        #expect(try await world.mayfly(["request", "orders-read"]).status == 77)
        #expect(try await world.mayfly(["request", "billing-read", "--format", "json"]).status == 0)
        try await world.stop(daemon)
        // The sweep at the start sees both names' roles in the one register, and ends neither's.
        daemon = try await world.startDaemon()
        try await eventually("the databases were looked at") {
            try await world.mayfly(["status", "--format", "json"]).output.contains(#""reachable" : true"#)
        }
        #expect(try await world.roles().count == 2)
        #expect(try await world.mayfly(["revoke", id]).status == 0)
        try await world.expectSettled()
        #expect(try await world.roles().count == 1)
        try await world.stop(daemon)
    }

    @Test(
        "A server that is down or hangs costs its requests a clear answer, and its leases end when it is back"
    )
    func serverTrouble() async throws {
        let world = try await World.make(timeout: "2s")
        let daemon = try await world.startDaemon()
        _ = try await world.request(["orders-read", "--ttl", "3s"])
        try await world.server.freeze()
        let hanging = try await world.mayfly(["request", "orders-read"])
        #expect([69, 75].contains(hanging.status), "\(hanging)")
        #expect(try await world.mayfly(["whoami"]).status == 0)
        try world.server.thaw()
        try await world.server.stop(.immediate)
        let down = try await world.mayfly(["request", "orders-read"])
        #expect(down.status == 69, "\(down)")
        try await world.server.start()
        try await world.expectSettled()
        #expect(try await world.roles().isEmpty)
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
    }

    @Test(
        "A lost role ends its lease, a stray is not touched, and of roles that no lease knows an administrator decides"
    )
    func sweeps() async throws {
        let world = try await World.make()
        var daemon = try await world.startDaemon()
        let lost = try #require(try await world.request().credential).username
        _ = try await world.request()
        try await world.stop(daemon)
        // A DBA drops one; the state is lost for the other; and a stranger picks a name like ours.
        try await world.server.psql(
            script: "DROP ROLE \(lost); CREATE ROLE mf_e2e_stray_aaaaaaaaaaaaa LOGIN;")
        daemon = try await world.startDaemon()
        try await eventually("the lost role's lease has ended") {
            try await world.leases().contains {
                $0.role == lost && $0.state == .revoked && $0.endReason == .roleMissing
            }
        }
        try await eventually("the stray is reported") {
            try await world.mayfly(["audit", "--limit", "50"]).output.contains("role.stray")
        }
        #expect(try await world.roles().contains("mf_e2e_stray_aaaaaaaaaaaaa"))
        try await world.stop(daemon)

        for suffix in ["", "-wal", "-shm"] { unlink(world.statePath + suffix) }
        daemon = try await world.startDaemon()
        try await eventually("safe mode is on") {
            try await world.mayfly(["audit", "--limit", "50"]).output.contains("safe_mode.on")
        }
        #expect(try await world.roles().count == 2)
        #expect(try await world.mayfly(["reap", "--database", "orders", "--yes"]).status == 0)
        #expect(try await world.roles() == ["mf_e2e_stray_aaaaaaaaaaaaa"])
        try await world.stop(daemon)
    }

    @Test("An account whose password is wrong, or that was dropped, gives out nothing and says so")
    func account() async throws {
        let world = try await World.make()
        try world.writeConfiguration(password: "not-the-password")
        let daemon = try await world.startDaemon()
        let refused = try await world.mayfly(["request", "orders-read"])
        #expect(refused.status == 69, "\(refused)")
        #expect(!refused.errors.contains("not-the-password"))
        #expect(try await world.roles().isEmpty)
        try await world.stop(daemon)
    }

    @Test("Without the guard nothing is issued")
    func noGuard() async throws {
        let world = try await World.make(installsGuard: false)
        try await world.server.psql(
            script: "CREATE ROLE mayfly LOGIN PASSWORD '\(World.brokerPassword)'")
        try await world.server.execute("CREATE DATABASE mayfly")
        let daemon = try await world.startDaemon()
        let refused = try await world.mayfly(["request", "orders-read"])
        #expect(refused.status == 70, "\(refused)")
        let health = try await world.mayfly(["status"])
        #expect(health.output.contains("degraded"), "\(health)")
        #expect(try await world.roles().isEmpty)
        try await world.stop(daemon)
    }

    @Test("A log that nobody reads, or that does not fit on its disk, does not end the daemon")
    func lostLog() async throws {
        let world = try await World.make()
        for isFull in [true, false] {
            let pipe = Pipe()
            let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
            let daemon = try await world.startDaemon(log: isFull ? full : pipe.fileHandleForWriting)
            // From here on nobody reads what the daemon logs.
            try pipe.fileHandleForReading.close()
            func loads() async throws -> Int {
                let outcome = try await world.mayfly(["audit", "--action", "configuration.loaded"])
                return outcome.output.split(separator: "\n").count
            }
            let before = try await loads()
            daemon.signal(SIGHUP)
            try await eventually("the configuration is read again, which is logged") {
                try await loads() > before
            }
            _ = try await world.request()
            try await world.stop(daemon)
        }
    }
}
