package import Foundation

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

    /// The system's time, which within this process never goes back and never stands still: when somebody sets
    /// the wall clock back an hour, no lease lives an hour longer.
    package static func system() -> Timekeeper {
        let clock = ContinuousClock()
        let start = (wall: Date(), instant: clock.now)
        return Timekeeper(
            now: {
                let elapsed = (clock.now - start.instant) / .seconds(1)
                return max(Date(), start.wall.addingTimeInterval(elapsed))
            }, clock: clock)
    }

    package func sleep(for duration: Duration) async throws {
        try await clock.sleep(for: duration)
    }
}
