import Foundation
import MayflyCore
import MayflyTesting
import Synchronization
import Testing

@testable import MayflyServer

struct ReadLedgerTests {
    private let now = Date(timeIntervalSince1970: 1_800_000_000)

    /// Ends when it is told how.
    private final class Gate: Sendable {
        private let state = Mutex<(waiting: CheckedContinuation<Bool, Never>?, begun: Int)>((nil, 0))
        var begun: Int { state.withLock { $0.begun } }

        func record() async throws(Refusal) {
            let isWell = await withCheckedContinuation { (continuation: CheckedContinuation<Bool, Never>) in
                state.withLock { ($0.waiting, $0.begun) = (continuation, $0.begun + 1) }
            }
            guard isWell else { throw Refusal(.stateUnwritable, "the disk is full") }
        }

        func end(_ isWell: Bool) { state.withLock { $0.waiting }?.resume(returning: isWell) }
    }

    private final class Count: Sendable {
        private let state = Mutex(0)
        var value: Int { state.withLock { $0 } }
        func add() { state.withLock { $0 += 1 } }
    }

    @Test(
        "The second of two equal questions is not answered before the first is on record, nor where it is not"
    )
    func second() async throws {
        for isWell in [false, true] {
            let (ledger, gate) = (ReadLedger(), Gate())
            let (answered, now) = (Count(), now)
            async let first: Void = ledger.admit("eve", "all", now: now) { () throws(Refusal) in
                try await gate.record()
            }
            try await eventually("the first is being recorded") { gate.begun == 1 }
            let others = (0..<3).map { _ in
                Task { @Sendable () async throws -> Bool in
                    var isAnswered = false
                    do {
                        try await ledger.admit("eve", "all", now: now) { () throws(Refusal) in
                            try await gate.record()
                        }
                        isAnswered = true
                    } catch let error as Refusal { #expect(error.code == .stateUnwritable) }
                    answered.add()
                    return isAnswered
                }
            }
            for _ in 0..<1000 { await Task.yield() }
            #expect(answered.value == 0)
            // Another question waits for nobody.
            try await ledger.admit("eve", "other", now: now) {}
            gate.end(isWell)
            let isFirstWell = (try? await first) != nil
            #expect(isFirstWell == isWell)
            for other in others {
                let isOtherWell = try await other.value
                #expect(isOtherWell == isWell)
            }
            #expect(gate.begun == 1)
        }
    }

    @Test("The same question is recorded once a minute, and again after one that was not")
    func again() async throws {
        let ledger = ReadLedger()
        let count = Mutex(0)
        func ask(after seconds: TimeInterval, failing: Bool = false) async throws {
            try await ledger.admit("eve", "all", now: now.addingTimeInterval(seconds)) { () throws(Refusal) in
                count.withLock { $0 += 1 }
                if failing { throw Refusal(.stateUnwritable, "the disk is full") }
            }
        }
        await #expect(throws: Refusal.self) { try await ask(after: 0, failing: true) }
        try await ask(after: 1)
        try await ask(after: 60)
        #expect(count.withLock { $0 } == 2)
        try await ask(after: 61)
        #expect(count.withLock { $0 } == 3)
    }
}
