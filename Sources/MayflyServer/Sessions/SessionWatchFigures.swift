import Foundation
import MayflyCore

/// What following sessions costs, and finds.
struct SessionWatchFigures: Sendable {
    var open = 0
    /// Since the start of the daemon.
    var began = 0
    private(set) var looks = 0
    /// In all looks, with the way to the server and back.
    private(set) var seconds: TimeInterval = 0
    private(set) var lastSeconds: TimeInterval = 0
    /// Why the last look failed.
    var failure: EngineFailure?

    mutating func looked(for duration: TimeInterval) {
        looks += 1
        seconds += duration
        lastSeconds = duration
        failure = nil
    }
}
