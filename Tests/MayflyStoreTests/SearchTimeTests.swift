import Foundation
import MayflyCore
import MayflyTesting
import Testing

@testable import MayflyStore

struct SearchTimeTests {
    @Test("A search that takes too long is given up, and the next one is answered")
    func tooLong() async throws {
        try await withScratchDirectory { directory in
            let store = try SQLiteStore(
                path: directory + "/mayfly.db", options: .init(reserve: 0, searchTime: 0.005))
            let event = AuditEvent(
                at: Date(milliseconds: 0),
                actor: .person(Identity(uid: 7, user: "zoe", groups: [], pid: nil)),
                action: .requestCreated, reason: "INC-4711: order 2 was charged twice")
            try await store.record(Array(repeating: event, count: 20_000))
            var query = AuditQuery()
            query.text = SearchText("nowhere")
            for concerning in [nil, 7] as [UInt32?] {
                query.concerning = concerning
                await #expect(throws: StoreError.searchGivenUp) { _ = try await store.audit(query) }
            }
            query = AuditQuery(newest: true, limit: 1)
            query.text = SearchText("charged")
            #expect(try await store.audit(query).map(\.sequence) == [20_000])
            await store.close()
        }
    }
}
