import Foundation
import MayflyCore
import MayflyTesting
import Testing

@testable import MayflyServer

@Suite("Secrets made ahead of need")
struct SecretStockTests {
    @Test("Each is given out once, however many ask at the same time")
    func once() async throws {
        let stock = SecretStock(engine: FakeEngine(now: { Date() }))
        let maker = Task { await stock.run() }
        let all = try await withThrowingTaskGroup(of: String.self) { group in
            for index in 0..<200 {
                group.addTask {
                    try stock.next(iterations: index.isMultiple(of: 2) ? 1 : 4096).verifier.text
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        maker.cancel()
        await maker.value
        #expect(all.count == 200)
        #expect(Set(all).count == 200)
    }

    @Test("Without anybody who makes them ahead, whoever asks makes their own")
    func alone() throws {
        let stock = SecretStock(engine: FakeEngine(now: { Date() }))
        let first = try stock.next(iterations: 1).verifier
        let second = try stock.next(iterations: 1).verifier
        #expect(first != second)
    }
}
