import Foundation
import MayflyCore
import MayflyTesting
import Synchronization
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

    /// A wall clock and an uptime that a test sets.
    private final class Clocks: Sendable {
        private let state = Mutex((wall: Date(timeIntervalSince1970: 1_000_000), uptime: Duration.zero))

        var timekeeper: Timekeeper {
            .system(
                wall: { self.state.withLock { $0.wall } }, uptime: { self.state.withLock { $0.uptime } })
        }

        /// Time passes.
        func pass(_ seconds: Int) {
            state.withLock {
                $0 = ($0.wall.addingTimeInterval(TimeInterval(seconds)), $0.uptime + .seconds(seconds))
            }
        }

        /// Somebody sets the wall clock.
        func move(by seconds: TimeInterval) { state.withLock { $0.wall.addTimeInterval(seconds) } }
    }

    @Test("A lease does not live longer because the wall clock is set back")
    func setBack() {
        let clocks = Clocks()
        let time = clocks.timekeeper
        let start = time.now()
        clocks.move(by: -3600)
        #expect(time.now() == start)
        clocks.pass(60)
        #expect(time.now() == start.addingTimeInterval(60))
    }

    @Test(
        "A lease that was issued while the wall clock had leapt ahead does not live longer when it comes back"
    )
    func blip() {
        let clocks = Clocks()
        let time = clocks.timekeeper
        clocks.move(by: 3600)
        let issued = time.now()
        clocks.move(by: -3600)
        clocks.pass(60)
        #expect(time.now() == issued.addingTimeInterval(60))
        // Set right again by more than it was ahead: the wall clock counts.
        clocks.move(by: 7200)
        #expect(time.now() == issued.addingTimeInterval(3660))
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
