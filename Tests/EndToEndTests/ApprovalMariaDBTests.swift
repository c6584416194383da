import Foundation
import MayflyAPI
import MayflyTesting
import SQLClients
import Testing

/// `nobody` asks, `games` owns the data and `mail` is security, as in `ApprovalStoryTests`; on MariaDB.
@Suite("Approval on MariaDB, end to end", .enabled(if: getuid() == 0, "other users take root"))
struct ApprovalMariaDBTests {
    private static let access = """
        people: { nora: [ "user:nobody", "user:man" ] }
        access:
          - name: write
            who: [ "user:nobody", "user:man" ]
            profiles: [ stock-write ]
            max_ttl: 1h
            outcome: approval
            approval:
              steps:
                - { name: owner, approvers: [ "user:games", "user:man" ] }
                - { name: security, approvers: [ "user:mail", "user:man", "user:games" ] }
        """

    private func status(_ arguments: [String], _ user: String, _ world: MariaDBWorld) async throws -> Int32 {
        let outcome = try await world.mayfly(arguments, user: user)
        if outcome.status == 70 { Issue.record("\(outcome)") }
        return outcome.status
    }

    private func decode<Value: Decodable>(
        _ type: Value.Type, _ arguments: [String], _ world: MariaDBWorld
    ) async throws -> Value {
        let outcome = try await world.mayfly(arguments + ["--json"], user: "nobody")
        guard outcome.status == 0 else { throw WorldFailure("\(arguments): \(outcome)") }
        return try MayflyJSON.decoder().decode(type, from: Data(outcome.output.utf8))
    }

    @Test(
        "Asked, approved by owner and security, redeemed, used, extended by the same people, and over at its end"
    )
    func story() async throws {
        let world = try await MariaDBWorld.make(access: Self.access)
        let daemon = try await world.startDaemon()
        let ask = ["request", "stock-write", "--ttl", "25s", "--reason", "INC-7", "--no-wait"]
        let id = try await decode(RequestReply.self, ask, world).request.id
        #expect(try await status(["approve", id], "man", world) == 77)
        let seen = try await world.mayfly(["requests", id], user: "games").output
        if world.server.isMySQL {
            #expect(seen.contains("not known"), "\(seen)")
        } else {
            #expect(seen.contains("SELECT, INSERT on table `stock`.`items`"), "\(seen)")
        }
        for user in ["games", "mail"] { #expect(try await status(["approve", id], user, world) == 0) }
        #expect(try await world.accounts().isEmpty)

        let reply = try await decode(RequestReply.self, ["redeem", id], world)
        let (lease, credential) = (try #require(reply.lease), try #require(reply.credential))
        #expect(try await status(["redeem", id], "nobody", world) == 73)
        let session = try await world.server.connect(
            as: credential.username, password: credential.password, database: credential.database)
        _ = try await session.query("INSERT INTO items VALUES ('chair')")
        await #expect(throws: MariaDBError.self) { try await session.query("DELETE FROM items") }

        let extend = ["extend", lease.id, "--ttl", "4s", "--reason", "not done", "--no-wait"]
        let asked = try await decode(ExtendReply.self, extend, world).request
        #expect(asked.state == .pending)
        #expect(try await status(extend, "nobody", world) == 73, "one at a time")
        #expect(try await status(["approve", asked.id], "man", world) == 77)
        for user in ["games", "mail"] { #expect(try await status(["approve", asked.id], user, world) == 0) }
        let after = try await decode(MayflyAPI.Lease.self, ["lease", lease.id], world)
        #expect(abs(after.expiresAt.timeIntervalSince(lease.expiresAt) - 4) < 0.01)
        // Beyond its first end, in the server too.
        try await eventually("the first end is over") { Date() > lease.expiresAt.addingTimeInterval(1) }
        _ = try await session.query("INSERT INTO items VALUES ('table')")
        try await eventually("the account is gone") { try await world.accounts().isEmpty }
        await #expect(throws: MariaDBError.self) { try await session.query("SELECT 1") }
        await session.close()
        #expect(try await decode(MayflyAPI.Lease.self, ["lease", lease.id], world).endReason == .expired)
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
    }
}
