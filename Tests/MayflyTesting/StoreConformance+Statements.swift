import Foundation
import MayflyCore
import Testing

private typealias Sample = StoreConformanceSample

extension StoreConformance {
    static let statements = [
        StoreConformance("what a lease ran is put together from readings, and each news of it is on record") {
            store in
            let lease = try await store.admitted(try Sample.admission(), activeAt: Sample.now)
            let records = try await store.audit(AuditQuery()).count
            func read(_ calls: Int64, since: TimeInterval = 0, at second: TimeInterval) async throws -> Bool {
                try await store.record(
                    StatementReading(
                        lease: lease.id, source: .pgStatStatements,
                        since: Sample.now.addingTimeInterval(since),
                        statements: [
                            .init(
                                id: "1", database: "orders", text: "SELECT ?", calls: calls, rows: 2,
                                milliseconds: 0.5)
                        ]), at: Sample.now.addingTimeInterval(second))
            }
            #expect(try await store.statements(of: lease.id) == nil)
            #expect(try await read(2, at: 1))
            #expect(try await !read(2, at: 2))
            #expect(try await read(3, at: 3))
            // The statistics were reset: what was counted stays.
            #expect(try await read(1, since: 60, at: 61))
            let summary = try #require(try await store.statements(of: lease.id))
            #expect(summary.entries.map(\.counts.calls) == [4] && summary.resets == 1)
            #expect(summary.entries.first?.firstSeenAt == Sample.now.addingTimeInterval(1))
            // Told no more: what is known is not lost.
            #expect(
                try await !store.record(
                    StatementReading(lease: lease.id, source: .noExtension),
                    at: Sample.now.addingTimeInterval(90)))
            #expect(try await store.statements(of: lease.id) == summary)
            let log = try await store.audit(AuditQuery(after: Int64(records))).map(\.event)
            #expect(log.map(\.action) == .init(repeating: .statementsRead, count: 3))
            #expect(log.last?.details["calls"] == "4" && log.last?.details["resets"] == "1")
            #expect(log.allSatisfy { $0.subject.lease == lease.id && $0.details["sha256"]?.count == 64 })
            #expect(try await store.firstBrokenAuditRecord() == nil)
        },
        StoreConformance("that nothing is known of what a lease ran is on record too, once") { store in
            let lease = try await store.admitted(try Sample.admission(), activeAt: Sample.now)
            let reading = StatementReading(lease: lease.id, source: .noExtension)
            #expect(try await store.record(reading, at: Sample.now))
            #expect(try await !store.record(reading, at: Sample.now))
            #expect(try await store.statements(of: lease.id)?.source == .noExtension)
            let stranger = StatementReading(lease: LeaseID(), source: .noExtension)
            await #expect(throws: StoreError.self) { try await store.record(stranger, at: Sample.now) }
        },
    ]
}
