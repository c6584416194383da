package import Foundation
package import MayflyCore
import Synchronization

/// A clock that stands still until a test moves it.
///
///     let clock = ManualClock()
///     let time = Timekeeper.manual(clock)
///     await clock.waitForSleepers(1)        // the service under test has gone to sleep
///     clock.advance(by: .seconds(30))       // wakes whoever's time has come, earliest first
package final class ManualClock: Clock {
    package struct Instant: InstantProtocol {
        package var offset: Duration
        package func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        package func duration(to other: Instant) -> Duration { other.offset - offset }
        package static func < (a: Instant, b: Instant) -> Bool { a.offset < b.offset }
    }

    private struct Sleeper {
        let deadline: Instant
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now = Instant(offset: .zero)
        var sleepers: [Int: Sleeper] = [:]
        var nextID = 0
        var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    package init() {}

    package var now: Instant { state.withLock { $0.now } }
    package var minimumResolution: Duration { .nanoseconds(1) }

    package func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                lieDown(id, Sleeper(deadline: deadline, continuation: continuation))
            }
        } onCancel: {
            let sleeper = state.withLock { $0.sleepers.removeValue(forKey: id) }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Moves the time on and wakes those whose deadline has come.
    package func advance(by duration: Duration) {
        let due = state.withLock { state in
            state.now = state.now.advanced(by: duration)
            let due = state.sleepers.filter { $0.value.deadline <= state.now }
            for id in due.keys { state.sleepers[id] = nil }
            return due.values.sorted { $0.deadline < $1.deadline }
        }
        for sleeper in due { sleeper.continuation.resume() }
    }

    /// Returns once at least `count` tasks sleep on this clock.
    package func waitForSleepers(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let there = state.withLock { state in
                if state.sleepers.count >= count { return true }
                state.watchers.append((count, continuation))
                return false
            }
            if there { continuation.resume() }
        }
    }

    private func lieDown(_ id: Int, _ sleeper: Sleeper) {
        enum Outcome { case sleeps([CheckedContinuation<Void, Never>]), isDue }
        let outcome: Outcome = state.withLock { state in
            if sleeper.deadline <= state.now { return .isDue }
            state.sleepers[id] = sleeper
            let satisfied = state.watchers.filter { $0.count <= state.sleepers.count }
            state.watchers.removeAll { $0.count <= state.sleepers.count }
            return .sleeps(satisfied.map(\.continuation))
        }
        switch outcome {
        case .isDue: sleeper.continuation.resume()
        case .sleeps(let watchers): for watcher in watchers { watcher.resume() }
        }
        // Cancelled before it lay down: the handler found nobody to wake.
        if Task.isCancelled {
            let sleeper = state.withLock { $0.sleepers.removeValue(forKey: id) }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }
}

extension Timekeeper {
    /// A time that starts at `start` and moves with `clock` only.
    package static func manual(
        _ clock: ManualClock, start: Date = Date(timeIntervalSince1970: 1_763_734_770)
    ) -> Timekeeper {
        Timekeeper(
            now: { start.addingTimeInterval(clock.now.offset / .seconds(1)) }, clock: clock)
    }
}
