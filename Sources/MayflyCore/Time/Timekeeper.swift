package import Foundation
import Synchronization

/// Where "now" and waiting come from.
///
/// "Now" is read here and passed on as a value; waiting uses `clock`. Tests inject both.
package struct Timekeeper: Sendable {
    package let now: @Sendable () -> Date
    package let clock: any Clock<Duration>

    package init(now: @escaping @Sendable () -> Date, clock: any Clock<Duration>) {
        self.now = now
        self.clock = clock
    }

    /// The system's time, which within this process never goes back and never stands still: when somebody sets the
    /// wall clock back an hour, or it leapt ahead for a moment, no lease lives an hour longer.
    ///
    /// - Parameters: where the two come from, for tests.
    package static func system(
        wall: @escaping @Sendable () -> Date = { Date() },
        uptime: @escaping @Sendable () -> Duration = { [start = ContinuousClock.now] in
            start.duration(to: .now)
        }
    ) -> Timekeeper {
        let last = Last(value: (wall(), uptime()))
        return Timekeeper(
            now: {
                // Read before the lock is taken, so it may be older than what another thread has just given out.
                let (wall, uptime) = (wall(), uptime())
                return last.value.withLock { last in
                    let elapsed = max(0, (uptime - last.uptime) / .seconds(1))
                    last = (max(wall, last.wall.addingTimeInterval(elapsed)), max(uptime, last.uptime))
                    return last.wall
                }
            }, clock: ContinuousClock())
    }

    /// What was given out last.
    private final class Last: Sendable {
        let value: Mutex<(wall: Date, uptime: Duration)>
        init(value: (wall: Date, uptime: Duration)) { self.value = Mutex(value) }
    }

    package func sleep(for duration: Duration) async throws {
        try await clock.sleep(for: duration)
    }
}
