package import Foundation

/// What one look at one server found.
package struct SeenServer: Hashable, Sendable {
    /// The host of a standby; empty for the server that is written to.
    package var host: String
    /// By the clock by which its sessions' `startedAt` is: the server's where it tells, else ours.
    package var startedAt: Date
    /// How many sessions had ended otherwise than by their client, since the server began to count: before and after the look.
    /// Nil where it does not.
    package var cuts: ClosedRange<Int64>?
    package var sessions: [SeenSession]

    package init(host: String = "", startedAt: Date, cuts: ClosedRange<Int64>? = nil, sessions: [SeenSession])
    {
        self.host = host
        self.startedAt = startedAt
        self.cuts = cuts
        self.sessions = sessions
    }

    /// Whether the server was started anew since another look. Some tell their uptime in whole seconds.
    package func isRestarted(since earlier: Date) -> Bool { startedAt.timeIntervalSince(earlier) > 3 }
}

/// What one look at a database's server, and its standbys, found.
package struct SessionLook: Hashable, Sendable {
    package var servers: [SeenServer]
    /// Sessions that our own calls have told to end since the look before.
    package var told: Set<ToldSession>
    /// Standbys that did not answer, by host: nothing is known of their sessions.
    package var unanswered: [String: EngineFailure]
    /// Answers since the look before about sessions that we ended, which could not be read: how those ended is not known.
    package var unreadTold: Int

    package init(
        servers: [SeenServer], told: Set<ToldSession> = [], unanswered: [String: EngineFailure] = [:],
        unreadTold: Int = 0
    ) {
        self.servers = servers
        self.told = told
        self.unanswered = unanswered
        self.unreadTold = unreadTold
    }
}

/// A session that the guard was told to end, and did.
package struct ToldSession: Hashable, Sendable {
    package var lease: LeaseID
    package var host: String
    package var number: Int64

    package init(lease: LeaseID, host: String = "", number: Int64) {
        self.lease = lease
        self.host = host
        self.number = number
    }
}
