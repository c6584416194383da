import Foundation
import MayflyCore
import MayflyServer
import MayflyTesting
import Testing

/// What a look brought, on its way into the state.
struct ServerLogBatchTests {
    private typealias Sample = StoreConformanceSample

    private func line(_ lease: Lease, _ number: Int64) -> LoggedLine {
        LoggedLine(
            lease: lease.id, backend: LogBackend(start: 1_796_078_675, pid: 10_043), number: number,
            at: Sample.now, what: .statement, text: "SELECT ?")
    }

    @Test("A line that the state would not take keeps none of the others back, and is a gap")
    func untaken() async throws {
        let store = InMemoryStore()
        let lease = try await store.admitted(try Sample.admission(), activeAt: Sample.now)
        let stranger = try #require(try Sample.admission().lease)
        let file = LogCursor.File(device: 1, inode: 7)
        let before = [LogCursor(file: file, name: "a.json", offset: 300)]
        var batch = ServerLogBatch(database: lease.database)
        batch.lines = (1...9).map { line(lease, $0) }
        batch.lines.insert(line(stranger, 1), at: 4)
        batch.cursors = [LogCursor(file: file, name: "a.json", offset: 900)]
        let news = try await batch.taken(by: store, from: before, now: Sample.now)
        #expect(news.map(\.number) == Array(1...9))
        #expect(try await store.loggedLines(of: lease.id, in: nil, limit: 20).count == 9)
        #expect(try await store.serverLogCursors(lease.database) == batch.cursors)
        let gaps = try await store.audit(AuditQuery(limit: 100)).map(\.event).filter {
            $0.action == .serverLogGap
        }
        #expect(gaps.map { $0.details["kind"] } == ["untaken"])
    }

    @Test("A state that cannot be written loses nothing: the whole is tried again")
    func unwritable() async throws {
        let store = InMemoryStore()
        let lease = try await store.admitted(try Sample.admission(), activeAt: Sample.now)
        var batch = ServerLogBatch(database: lease.database)
        batch.lines = [line(lease, 1), line(lease, 2)]
        store.fail(with: .unwritable("the disk is full"))
        await #expect(throws: StoreError.self) {
            try await batch.taken(by: store, from: [], now: Sample.now)
        }
        #expect(try await store.loggedLines(of: lease.id, in: nil, limit: 20).isEmpty)
    }
}
