import Foundation
import MayflyAPI
import MayflyClient
import MayflyTesting
import Testing

/// The rules as they count, with the real binaries on a real server.
struct PolicyStoryTests {
    private func code(_ work: () async throws(MayflyError) -> some Sendable) async -> String? {
        do {
            _ = try await work()
            return nil
        } catch { return error.code.rawValue }
    }

    @Test("32 clients race for one place, and who has it is kept from what conflicts, as was explained")
    func race() async throws {
        let world = try await World.make()
        try world.writeConfiguration(
            perPerson: 1,
            extra: "conflicts: [ { name: duties, profiles: [ orders-read, orders-ddl ], within: 4h } ]")
        let daemon = try await world.startDaemon()
        let client = MayflyClient(socket: world.socket)
        let answers = await withTaskGroup(of: String?.self) { group in
            for index in 0..<32 {
                group.addTask {
                    await code { () async throws(MayflyError) in
                        try await client.request(
                            CreateRequest(profile: "orders-read", reason: "race \(index)"))
                    }
                }
            }
            return await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        }
        #expect(answers[nil] == 1)
        #expect(answers["too_many_active", default: 0] + answers["too_many_calls", default: 0] == 31)
        #expect(try await world.roles().count == 1)

        let explained = try await client.explain(ExplainRequest(profile: "orders-ddl"))
        #expect(explained.decision == .deny && explained.code == "conflicting_duties")
        #expect(explained.rule == "tests")
        let ask: () async -> String? = {
            await code { () async throws(MayflyError) in
                try await client.request(CreateRequest(profile: "orders-ddl"))
            }
        }
        #expect(await ask() == "conflicting_duties")
        let lease = try #require(try await world.leases().first)
        _ = try await client.revoke(lease.id, reason: nil)
        try await eventually("the role is gone") { try await world.roles().isEmpty }
        // Also after it has ended, for its time; and after a restart.
        #expect(await ask() == "conflicting_duties")
        try await world.stop(daemon)
        let again = try await world.startDaemon()
        #expect(await ask() == "conflicting_duties")
        await client.shutdown()
        try await world.stop(again)
        #expect(try await world.brokenAuditRecord() == nil)
    }
}
