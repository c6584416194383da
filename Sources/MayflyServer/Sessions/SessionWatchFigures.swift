import Foundation
import MayflyCore

/// What following sessions costs, and finds.
struct SessionWatchFigures: Sendable {
    var open = 0
    /// Since the start of the daemon.
    var began = 0
    /// Counted only, as their leases had used up what is put on record one by one.
    var leftOut = 0
    private(set) var looks = 0
    /// In all looks, with the way to the server and back.
    private(set) var seconds: TimeInterval = 0
    private(set) var lastSeconds: TimeInterval = 0
    private(set) var pace = LookPace()
    /// Why the last look failed.
    var failure: EngineFailure?
    /// Standbys that did not answer the last look, by host.
    var unanswered: [String: EngineFailure] = [:]
    /// Why what was found could not be put on record, and since when.
    private(set) var unrecorded: (error: StoreError, since: Date)?
    /// Answers about ended sessions that could not be read.
    var unreadTold = 0
    /// Why it could not be read what was run.
    var statementFailure: EngineFailure?
    /// Leases of which it was never read.
    var unreadStatements = 0

    /// Nothing is known of sessions now.
    var isBlind: Bool { failure != nil || unrecorded != nil }
    /// Not all that there is was found, and put on record.
    var isPartial: Bool { isBlind || !unanswered.isEmpty }

    mutating func looked(for duration: TimeInterval) {
        looks += 1
        seconds += duration
        lastSeconds = duration
        pace.looked(for: duration)
        failure = nil
    }

    mutating func recorded() { unrecorded = nil }

    /// - Returns: whether it is news; another state of the disk says much the same in other words.
    mutating func notRecorded(_ error: StoreError, at now: Date) -> Bool {
        let isNews = unrecorded == nil
        unrecorded = (error, unrecorded?.since ?? now)
        return isNews
    }
}
