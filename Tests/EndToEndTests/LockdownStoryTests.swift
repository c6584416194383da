import Foundation
import Glibc
import MayflyAPI
import MayflyClient
import MayflyCore
import MayflyTesting
import Testing

/// Lockdowns with the real binaries, several Unix users and a real PostgreSQL.
@Suite("Lockdown, end to end", .enabled(if: getuid() == 0, "other users take root"))
struct LockdownStoryTests {
    private func status(_ arguments: [String], _ world: World, user: String? = nil) async throws -> Int32 {
        let outcome = try await world.mayfly(arguments, user: user)
        if outcome.status == 70 { Issue.record("\(outcome)") }
        return outcome.status
    }

    @Test("On, seen by whoever it stops, over a restart, off; and on for a time that ends by itself")
    func story() async throws {
        let world = try await World.make()
        var daemon = try await world.startDaemon()
        let kept = try await world.request()
        let on = ["lockdown", "on", "--reason", "incident 12"]
        #expect(try await status(on, world, user: "nobody") == 77)
        #expect(try await status(on, world, user: "daemon") == 77)
        #expect(try await status(on + ["--database", "ordres"], world) == 66)
        #expect(try await status(on + ["--database", "orders", "--for", "1h"], world) == 0)
        let refused = try await world.mayfly(["request", "orders-read"], user: "nobody")
        #expect(refused.status == 77)
        #expect(refused.errors.contains("incident 12") && !refused.errors.contains("root"), "\(refused)")
        daemon.signal(SIGKILL)
        _ = try await daemon.outcome()
        daemon = try await world.startDaemon()
        #expect(try await status(["request", "orders-read"], world, user: "nobody") == 77)
        #expect(try await status(["renew", try #require(kept.lease).id], world) == 77)
        for command in [["status"], ["explain", "orders-read"], ["profiles"], ["lockdown"]] {
            let shown = try await world.mayfly(command, user: "nobody")
            #expect((shown.output + shown.errors).contains("incident 12"), "\(command): \(shown)")
        }
        let listed = try await world.mayfly(["--json", "lockdown", "list"], user: "daemon")
        let list = try MayflyJSON.decoder().decode(LockdownList.self, from: Data(listed.output.utf8))
        #expect(list.lockdowns.first?.startedBy == world.me)
        // What is out goes on.
        #expect(try await world.roles().count == 1)
        let off = ["lockdown", "off", "--reason", "all clear"]
        #expect(try await status(off, world) == 66)
        #expect(try await status(off + ["--database", "orders"], world, user: "nobody") == 77)
        #expect(try await status(off + ["--database", "orders"], world) == 0)
        #expect(try await status(["request", "orders-read", "--format", "json"], world, user: "nobody") == 0)

        #expect(try await status(on + ["--user", "nobody", "--for", "2s", "--revoke"], world) == 0)
        #expect(try await world.roles().count == 1)
        #expect(try await status(["request", "orders-read"], world, user: "nobody") == 77)
        try await eventually("it has ended") {
            try await status(["request", "orders-read", "--format", "json"], world, user: "nobody") == 0
        }
        let record = try await world.mayfly(["audit", "--json"]).output
        for action in ["lockdown.on", "lockdown.off", "lockdown.ended"] { #expect(record.contains(action)) }
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
    }

    @Test("32 clients ask while a lockdown with --revoke begins: no role is left in the server")
    func race() async throws {
        let world = try await World.make()
        let daemon = try await world.startDaemon()
        let client = MayflyClient(socket: world.socket)
        _ = try await world.requests(8)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<32 {
                group.addTask {
                    do { _ = try await client.request(CreateRequest(profile: "orders-read")) } catch {
                        let code = (error as? MayflyError)?.code.rawValue
                        #expect(code == "lockdown" || code == "too_many_calls", "\(error)")
                    }
                }
            }
            group.addTask {
                let reply = try await client.startLockdown(
                    StartLockdown(reason: "stolen laptop", revoke: true))
                #expect(reply.leases.count >= 8)
            }
            try await group.waitForAll()
        }
        try await world.expectSettled()
        #expect(try await world.roles().isEmpty)
        #expect(try await world.leases().allSatisfy { $0.state == .revoked || $0.state == .failed })
        await client.shutdown()
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
    }

    @Test("Killed between a lockdown and what it revokes, the daemon carries that out after a restart")
    func killed() async throws {
        let world = try await World.make()
        let killed = try await world.startDaemon(failpoint: Failpoint.lockdownRecorded.rawValue)
        _ = try await world.requests(3)
        #expect(try await world.roles().count == 3)
        let outcome = try await world.mayfly([
            "lockdown", "on", "--reason", "incident 12", "--revoke", "--timeout", "3s",
        ])
        #expect(outcome.status != 0)
        #expect(try await killed.outcome().status == -SIGKILL)
        let daemon = try await world.startDaemon()
        try await world.expectSettled()
        #expect(try await world.roles().isEmpty)
        let leases = try await world.leases()
        #expect(leases.count == 3 && leases.allSatisfy { $0.endReason == .lockdown })
        #expect(try await status(["request", "orders-read"], world) == 77)
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
    }

    @Test(
        "While the server is down it is in force all the same, and what it revokes is gone once the server is back"
    )
    func unreachable() async throws {
        let world = try await World.make()
        let daemon = try await world.startDaemon()
        _ = try await world.requests(2)
        try await world.server.stop()
        let on = try await world.mayfly(["lockdown", "on", "--reason", "incident 12", "--revoke"])
        #expect(on.status == 0 && on.errors.contains("2 of 2 not gone yet"), "\(on)")
        try await world.server.start()
        try await eventually("the roles are gone") {
            try await world.roles().isEmpty
        }
        try await world.expectSettled()
        #expect(try await status(["request", "orders-read"], world) == 77)
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
    }

    @Test("On MariaDB, too, whoever asks while it begins has nothing afterwards")
    func mariadb() async throws {
        let world = try await MariaDBWorld.make()
        let daemon = try await world.startDaemon()
        let client = MayflyClient(socket: world.socket)
        _ = try await world.request()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<32 {
                group.addTask {
                    do { _ = try await client.request(CreateRequest(profile: "stock-read")) } catch {
                        let code = (error as? MayflyError)?.code.rawValue
                        #expect(code == "lockdown" || code == "too_many_calls", "\(error)")
                    }
                }
            }
            group.addTask {
                let order = StartLockdown(database: "stock", reason: "stolen laptop", revoke: true)
                let reply = try await client.startLockdown(order)
                #expect(!reply.leases.isEmpty)
            }
            try await group.waitForAll()
        }
        try await world.expectSettled()
        #expect(try await world.accounts().isEmpty)
        await client.shutdown()
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
    }
}
