package import Foundation
package import MayflyCore

/// A session, and what it is doing.
package struct SessionReport: Sendable {
    package var session: Session
    /// By the last look; nil when it has ended, or was not looked at in this life.
    package var seen: SeenSession?
    /// What the server's log says of it, and what that lacks; nil where it was not asked for.
    package var entries: [LeaseStory.Entry]?
    package var limits: [String] = []
    /// For the page of the server's log that follows.
    package var next: Int64?
}

/// How the sessions of a database are followed.
package struct SessionFollowing: Sendable {
    package var database: DatabaseName
    /// Between two looks, in seconds.
    package var interval: TimeInterval
    /// Why the last look failed.
    package var failure: EngineFailure?
    /// Why, and since when, what was found cannot be put on record.
    package var unrecorded: StoreError?
    package var unrecordedSince: Date?
    /// Standbys that did not answer the last look, by host.
    package var unanswered: [String: EngineFailure]
    /// Answers about sessions that we ended which could not be read, since the start of the daemon.
    package var unreadTold: Int
    /// Why it could not be read what was run, the last time.
    package var statementFailure: EngineFailure?

    init(_ database: DatabaseName, _ figures: SessionWatchFigures, interval: TimeInterval) {
        self.database = database
        self.interval = interval
        failure = figures.failure
        unrecorded = figures.unrecorded?.error
        unrecordedSince = figures.unrecorded?.since
        unanswered = figures.unanswered
        unreadTold = figures.unreadTold
        statementFailure = figures.statementFailure
    }
}

/// Sessions on record, newest first.
package struct SessionReports: Sendable {
    package var sessions: [SessionReport]
    package var following: [SessionFollowing]

    package init(sessions: [SessionReport] = [], following: [SessionFollowing] = []) {
        self.sessions = sessions
        self.following = following
    }
}
