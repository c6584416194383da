import Foundation
import Glibc
import MayflyAPI
import MayflyTesting
import Testing

/// The real daemon whose state cannot be written: nothing is given out, and everything ends all the same.
@Suite(.serialized) struct UnwritableStateTests {
    @Test(
        "When each write fails nothing is given out, expiry and administrators end access at the server, and all of it is recorded later"
    )
    func writesFail() async throws {
        let world = try await World.make()
        let daemon = try await world.startDaemon()
        let expiring = try #require(try await world.request(["orders-read", "--ttl", "15s"]).lease)
        let revoked = try #require(try await world.request().lease)
        let kept = try #require(try await world.request().lease)
        try await world.limitFiles(of: daemon, to: 0)

        let refused = try await world.mayfly(["request", "orders-read"])
        #expect(refused.status == ExitStatus.notRecorded.rawValue, "\(refused)")
        try await eventually("what expires is gone from the server") {
            try await world.roles() == [revoked.role, kept.role]
        }
        #expect(Date().timeIntervalSince(expiring.expiresAt) < 30)
        let told = try await world.mayfly(["revoke", revoked.id])
        #expect(told.status == ExitStatus.notRecorded.rawValue, "\(told)")
        #expect(try await world.roles() == [kept.role])
        #expect(try await world.leases().allSatisfy { $0.state == .active })

        try await world.limitFiles(of: daemon, to: -1)
        try await eventually("what was ended is on record") {
            let leases = try await world.leases()
            return leases.filter { $0.state == .revoked }.count == 2
        }
        let leases = try await world.leases()
        #expect(leases.first { $0.id == expiring.id }?.endReason == .expired)
        #expect(leases.first { $0.id == revoked.id }?.endReason == .revoked)
        try await world.expectSettled()
        #expect(try await world.roles() == [kept.role])
        #expect(try await world.mayfly(["request", "orders-read"]).status == 0)
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
    }

    @Test(
        "On a full disk revoking goes on from the reserve, and when that is spent at the server",
        .enabled(if: SmallDisk.isPossible, "mounting a tmpfs takes root"))
    func fullDisk() async throws {
        try await SmallDisk.with(megabytes: 48) { disk in
            let world = try await World.make()
            let state = disk + "/mayfly.db"
            try world.keepState(at: state)
            let daemon = try await world.startDaemon()
            let ids = try await world.requests(4).compactMap { $0.lease?.id }
            let expiring = try #require(try await world.request(["orders-read", "--ttl", "40s"]).lease)
            try SmallDisk.fill(disk)

            let refused = try await world.mayfly(["request", "orders-read"])
            #expect(refused.status == ExitStatus.notRecorded.rawValue, "\(refused)")
            #expect(try await world.roles().count == 5)
            // From the reserve, on record.
            #expect(try await world.mayfly(["revoke", ids[0]]).status == 0)
            #expect(!FileManager.default.fileExists(atPath: state + ".reserve"))
            try SmallDisk.fill(disk)
            // The first may fit where the log was begun; in the end one does not.
            var told: Int32 = 0
            for id in ids.dropFirst() where told == 0 {
                told = try await world.mayfly(["revoke", id]).status
            }
            #expect(told == ExitStatus.notRecorded.rawValue)
            try await eventually("what expires is gone from the server") {
                try await !world.roles().contains(expiring.role)
            }
            #expect(try await world.mayfly(["request", "orders-read"]).status != 0)

            try SmallDisk.clear(disk)
            try await eventually("what was ended is on record") {
                try await world.leases().first { $0.id == expiring.id }?.state == .revoked
            }
            try await world.expectSettled()
            #expect(try await world.mayfly(["request", "orders-read"]).status == 0)
            try await world.stop(daemon)
            #expect(try await world.brokenAuditRecord(of: state) == nil)
        }
    }

    @Test(
        "A daemon that starts on a full disk ends what is due and gives nothing out",
        .enabled(if: SmallDisk.isPossible, "mounting a tmpfs takes root"))
    func startsFull() async throws {
        try await SmallDisk.with(megabytes: 48) { disk in
            let world = try await World.make()
            try world.keepState(at: disk + "/mayfly.db")
            var daemon = try await world.startDaemon()
            _ = try await world.request(["orders-read", "--ttl", "5s"])
            daemon.signal(SIGKILL)
            _ = try await daemon.outcome()
            try SmallDisk.fill(disk)
            daemon = try await world.startDaemon()
            try await eventually("the role is gone") { try await world.roles().isEmpty }
            let refused = try await world.mayfly(["request", "orders-read"])
            #expect(refused.status == ExitStatus.notRecorded.rawValue, "\(refused)")
            daemon.signal(SIGTERM)
            _ = try await daemon.outcome()
        }
    }

    @Test("A state of a newer version is left as it is, and the daemon says so and ends")
    func newerState() async throws {
        let world = try await World.make()
        let daemon = try await world.startDaemon()
        try await world.stop(daemon)
        // SQLite's user_version: https://www.sqlite.org/fileformat.html#the_database_header
        let file = try FileHandle(forUpdating: URL(filePath: world.statePath))
        try file.seek(toOffset: 60)
        try file.write(contentsOf: Data([0, 0, 0, 99]))
        try file.close()
        let before = try Data(contentsOf: URL(filePath: world.statePath))
        let refused = try await world.mayflyd(["--config", world.configurationPath])
        #expect(refused.status == 1, "\(refused)")
        #expect(refused.errors.contains("99"), "\(refused)")
        #expect(try Data(contentsOf: URL(filePath: world.statePath)) == before)
        #expect(!FileManager.default.fileExists(atPath: world.socket))
    }
}
