import Foundation
import MayflyCore
import MayflyTesting
import Testing

@Suite("Time")
struct ClockTests {
    @Test("The system's time never goes back")
    func system() {
        let time = Timekeeper.system()
        var last = time.now()
        for _ in 0..<1000 {
            let now = time.now()
            #expect(now >= last)
            last = now
        }
    }

    @Test("A manual clock wakes those whose time has come, and no others")
    func manual() async throws {
        let clock = ManualClock()
        let time = Timekeeper.manual(clock)
        let start = time.now()
        async let short: Void = time.sleep(for: .seconds(1))
        let long = Task { try await time.sleep(for: .seconds(10)) }
        await clock.waitForSleepers(2)
        clock.advance(by: .seconds(1))
        try await short
        #expect(time.now() == start.addingTimeInterval(1))
        await clock.waitForSleepers(1)
        long.cancel()
        await #expect(throws: CancellationError.self) { try await long.value }
        try await time.sleep(for: .zero)
    }

    @Test("A task that is cancelled before it sleeps is woken at once")
    func cancelledBefore() async {
        let time = Timekeeper.manual(ManualClock())
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await time.sleep(for: .seconds(10))
        }
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}
