package import Foundation

/// One connection that a login role has, or had, on its server.
///
///     open ─▶ ended
///
/// It is put on record when a look at the server finds it, and once more when a later look finds it gone. What begins and ends
/// between two looks is seen by none; what the server itself says of those is no session's, but the lease's.
package struct Session: Hashable, Sendable {
    /// How it ended. Never guessed: what nothing proves is `unknown`.
    package enum How: String, Sendable, CaseIterable, Codable {
        /// The client closed it: the server counted none that ended in another way since it was seen last.
        case client
        /// We ended it, as its lease had expired.
        case expired
        /// We ended it, as its lease was ended before its time.
        case revoked
        /// An administrator ended it alone.
        case killed
        /// The server was started anew since it was seen last.
        case serverRestart = "server_restart"
        /// By its client, by somebody on the server, or with its client's machine.
        case unknown
    }

    /// From where it is known.
    package enum Source: String, Sendable, CaseIterable, Codable {
        /// A look at the server has seen it.
        case look
        /// None has; the server's log tells of it.
        case serverLog = "server_log"
    }

    package struct Ending: Hashable, Sendable {
        /// When it was found gone, by our clock: it ended between `lastSeenAt` and this.
        package var at: Date
        package var how: How

        package init(at: Date, how: How) {
            self.at = at
            self.how = how
        }
    }

    /// What is unlike the requester's earlier sessions. Nothing is, where there were none.
    package enum Novelty: String, Sendable, CaseIterable, Codable {
        case address = "new_address"
        case application = "new_application"
    }

    package let id: SessionID
    package let lease: LeaseID
    package let database: DatabaseName
    package let profile: ProfileName
    package let role: RoleName
    package let requester: Lease.Requester
    /// Which server and session of it.
    package let key: SessionKey
    package let startedAt: Date
    /// Whether `startedAt` is the server's word; else it is when a look first found the session, which may be later.
    package let startIsKnown: Bool
    package let client: SessionClient
    package let firstSeenAt: Date
    package var lastSeenAt: Date
    package var novelties: Set<Novelty>
    package let source: Source
    package var ending: Ending?

    package var isOpen: Bool { ending == nil }

    /// A store's, or a look's.
    package init(
        id: SessionID = SessionID(), lease: LeaseID, database: DatabaseName, profile: ProfileName,
        role: RoleName,
        requester: Lease.Requester, key: SessionKey, startedAt: Date, startIsKnown: Bool,
        client: SessionClient,
        firstSeenAt: Date, lastSeenAt: Date, novelties: Set<Novelty> = [], source: Source = .look,
        ending: Ending? = nil
    ) {
        self.id = id
        self.lease = lease
        self.database = database
        self.profile = profile
        self.role = role
        self.requester = requester
        self.key = key
        self.startedAt = startedAt
        self.startIsKnown = startIsKnown
        self.client = client
        self.firstSeenAt = firstSeenAt
        self.lastSeenAt = lastSeenAt
        self.novelties = novelties
        self.source = source
        self.ending = ending
    }

    /// A new one of a lease's, as it was seen.
    package init(of lease: Lease, _ seen: SeenSession, on server: SeenServer, now: Date) {
        self.init(
            lease: lease.id, database: lease.database, profile: lease.profile, role: lease.role,
            requester: lease.requester, key: seen.key(on: server), startedAt: seen.startedAt ?? now,
            startIsKnown: seen.startedAt != nil, client: seen.client, firstSeenAt: now, lastSeenAt: now)
    }
}
