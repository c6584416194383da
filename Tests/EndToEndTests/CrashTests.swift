import Foundation
import Glibc
import MayflyAPI
import MayflyClient
import MayflyCore
import MayflyTesting
import SQLClients
import Testing

/// The real daemon is killed with SIGKILL at each step; after a restart there is no role without an active lease,
/// no active lease without a role, and the audit chain is whole.
@Suite(.serialized)
struct CrashTests {
    @Test(
        "Killed while it issues, the daemon leaves nothing half done",
        arguments: [Failpoint.intentRecorded, .roleMade, .leaseActive])
    func issuing(failpoint: Failpoint) async throws {
        let world = try await World.make()
        let killed = try await world.startDaemon(failpoint: failpoint.rawValue)
        let outcome = try await world.mayfly([
            "request", "orders-read", "--format", "json", "--timeout", "3s",
        ])
        #expect(outcome.status != 0)
        #expect(try await killed.outcome().status == -SIGKILL)

        let daemon = try await world.startDaemon()
        try await world.expectSettled()
        let leases = try await world.leases()
        let states = leases.map(\.state)
        // The client repeats a request whose reply was lost, so there may be more than one attempt on record.
        #expect(!states.isEmpty)
        if failpoint != .leaseActive { #expect(states.allSatisfy { $0 == .failed }) }
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
    }

    @Test(
        "Killed between any two steps of a revocation, the daemon finishes it after a restart",
        arguments: [
            Failpoint.revocationRecorded, .roleLocked, .sessionsEnded, .roleCleaned, .roleDropped,
        ])
    func revoking(failpoint: Failpoint) async throws {
        let world = try await World.make()
        let killed = try await world.startDaemon(failpoint: failpoint.rawValue)
        let reply = try await world.request()
        let role = try #require(reply.credential).username
        // Something to clean, so that every step has work.
        try await world.server.execute("GRANT SELECT ON salaries TO \(role)", database: "orders")
        let session = try await world.server.connect(
            as: role, password: reply.credential?.password, database: "orders")
        let lease = try #require(reply.lease).id
        let outcome = try await world.mayfly(["revoke", lease, "--timeout", "3s"])
        #expect(outcome.status != 0)
        #expect(try await killed.outcome().status == -SIGKILL)

        let daemon = try await world.startDaemon()
        try await world.expectSettled()
        #expect(try await world.roles().isEmpty)
        let states = try await world.leases().map(\.state)
        #expect(states == [.revoked])
        await #expect(throws: (any Error).self) { try await session.query("SELECT 1") }
        await session.close()
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
    }

    @Test("Killed in the middle of a batch of 50, the daemon leaves nothing half done", arguments: [1, 2, 3])
    func batch(pass: Int) async throws {
        let world = try await World.make()
        let killed = try await world.startDaemon(failpoint: "issue.made:\(pass)")
        let client = MayflyClient(socket: world.socket)
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<50 {
                group.addTask {
                    // Most of these fail, as the daemon is killed under them: which ones does not matter.
                    _ = try? await client.request(
                        CreateRequest(profile: "orders-read", reason: "batch \(index)"))
                }
            }
        }
        await client.shutdown()
        #expect(try await killed.outcome().status == -SIGKILL)

        let daemon = try await world.startDaemon()
        try await world.expectSettled()
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
    }

    @Test("Killed while 50 leases are ended, the daemon ends them after a restart")
    func endingBatch() async throws {
        let world = try await World.make()
        let killed = try await world.startDaemon(failpoint: "revoke.locked:1")
        let client = MayflyClient(socket: world.socket)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask { _ = try await client.request(CreateRequest(profile: "orders-read")) }
            }
            try await group.waitForAll()
        }
        await client.shutdown()
        #expect(try await world.roles().count == 50)
        _ = try await world.mayfly(["revoke", "--all", "--yes", "--timeout", "3s"])
        #expect(try await killed.outcome().status == -SIGKILL)

        let daemon = try await world.startDaemon()
        try await world.expectSettled()
        #expect(try await world.roles().isEmpty)
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
    }
}
