import Foundation
import MayflyCore
import MayflyTesting
import Synchronization
import Testing

@testable import MayflyServer

@Suite("Secrets made ahead of need")
struct SecretStockTests {
    @Test("Each is given out once, however many ask at the same time")
    func once() async throws {
        let stock = SecretStock(engine: FakeEngine(now: { Date() }))
        let maker = Task { await stock.run() }
        let given = Mutex<[String]>([])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<200 {
                group.addTask {
                    let secret = try stock.next(iterations: index.isMultiple(of: 2) ? 1 : 4096)
                    given.withLock { $0.append(secret.verifier.text) }
                }
            }
            try await group.waitForAll()
        }
        maker.cancel()
        await maker.value
        let all = given.withLock { $0 }
        #expect(all.count == 200)
        #expect(Set(all).count == 200)
    }

    @Test("Without anybody who makes them ahead, whoever asks makes their own")
    func alone() throws {
        let stock = SecretStock(engine: FakeEngine(now: { Date() }))
        let (first, second) = (try stock.next(iterations: 1), try stock.next(iterations: 1))
        #expect(first.verifier != second.verifier)
    }
}
