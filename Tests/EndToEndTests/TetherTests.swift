import Foundation
import Glibc
import MayflyAPI
import MayflyTesting
import SQLClients
import Testing

/// Leases that end with the connection of their holder: over the real socket, with the real daemon and server.
struct TetherTests {
    /// Holds a lease by a connection of its own, until nobody holds this.
    final class Holder {
        let connection: HTTPRawConnection
        private var unread: [UInt8] = []

        init(_ lease: String, _ world: World) async throws {
            connection = try HTTPRawConnection(world.socket)
            try await connection.send("POST /v1/leases/\(lease)/tether HTTP/1.1\r\nHost: localhost\r\n\r\n")
        }

        /// The next event of the stream; its framing is not looked at.
        func next() async throws -> TetherEvent? {
            while true {
                while let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
                    let line = unread[..<end]
                    unread.removeFirst(line.count + 1)
                    if line.first == UInt8(ascii: "{") {
                        return try MayflyJSON.decoder().decode(TetherEvent.self, from: Data(line))
                    }
                }
                guard let more = try await connection.receive() else { return nil }
                unread += more
            }
        }
    }

    @Test("A lease ends with the connection that holds it, within a second, and its session with it")
    func hangUp() async throws {
        let world = try await World.make()
        let daemon = try await world.startDaemon()
        let reply = try await world.request()
        let (lease, credential) = (try #require(reply.lease), try #require(reply.credential))
        let session = try await world.server.connect(
            as: credential.username, password: credential.password, database: "orders")
        var holder: Holder? = try await Holder(lease.id, world)
        let first = try await holder?.next()
        #expect(first?.event == .tethered && first?.lease.tethered == true)
        holder = nil
        try await eventually("the role is gone") { try await world.roles().isEmpty }
        await #expect(throws: (any Error).self) { try await session.query("SELECT 1") }
        await session.close()
        try await eventually("it is on record") { try await world.leases().first?.endedAt != nil }
        let ended = try await world.leases()
        #expect(ended.first?.endReason == .tetherLost)
        let delay = try #require(ended.first?.endedAt).timeIntervalSince(try #require(first).lease.createdAt)
        #expect(delay < 60)
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
    }

    @Test("Untethered, renewed and revoked are told to the holder; after a goodbye hanging up ends nothing")
    func news() async throws {
        let world = try await World.make()
        let daemon = try await world.startDaemon()
        let lease = try #require(try await world.request(["orders-read", "--ttl", "5m"]).lease)
        let holder = try await Holder(lease.id, world)
        #expect(try await holder.next()?.event == .tethered)
        #expect(try await world.mayfly(["renew", lease.id, "--ttl", "20m"]).status == 0)
        let renewed = try #require(try await holder.next())
        #expect(renewed.event == .renewed && renewed.lease.expiresAt > lease.expiresAt)
        let untethered = try await HTTPRawConnection(world.socket)
            .call("POST", "/v1/leases/\(lease.id)/untether")
        #expect(untethered.status == 200)
        #expect(try await holder.next()?.event == .untethered)
        let second = try await Holder(lease.id, world)
        #expect(try await second.next()?.event == .tethered)
        #expect(try await world.mayfly(["revoke", lease.id]).status == 0)
        #expect(try await second.next()?.event == .ended)
        try await world.expectSettled()
        try await world.stop(daemon)
    }

    @Test(
        "A tether outlives a restart of the daemon if its holder comes back, and ends after the grace if not")
    func restart() async throws {
        let world = try await World.make()
        var daemon = try await world.startDaemon()
        let kept = try #require(try await world.request().lease)
        let left = try #require(try await world.request().lease)
        let (keeper, leaver) = (try await Holder(kept.id, world), try await Holder(left.id, world))
        #expect(try await keeper.next()?.event == .tethered)
        #expect(try await leaver.next()?.event == .tethered)
        // First an orderly stop, then a kill: neither ends a lease by itself.
        try await world.stop(daemon)
        #expect(try await keeper.next()?.event == .goodbye)
        daemon = try await world.startDaemon()
        daemon.signal(SIGKILL)
        _ = try await daemon.outcome()
        daemon = try await world.startDaemon()
        let again = try await Holder(kept.id, world)
        #expect(try await again.next()?.event == .tethered)
        #expect(try await world.roles() == [kept.role, left.role])
        try await eventually("the one that nobody came back for has ended") {
            try await world.roles() == [kept.role]
        }
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
    }

    @Test("Another's lease cannot be tethered, and answers as one that does not exist")
    func others() async throws {
        let world = try await World.make()
        let daemon = try await world.startDaemon()
        let lease = try #require(try await world.request().lease)
        let missing = try await HTTPRawConnection(world.socket).call(
            "POST", "/v1/leases/00000000-0000-4000-8000-000000000000/tether")
        #expect(missing.status == 404)
        _ = try await world.mayfly(["revoke", lease.id])
        let ended = try await HTTPRawConnection(world.socket).call("POST", "/v1/leases/\(lease.id)/tether")
        #expect(ended.status == 409)
        try await world.stop(daemon)
    }
}
