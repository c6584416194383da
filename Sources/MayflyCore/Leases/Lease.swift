package import Foundation

/// The term of one login role, from the intent to make it until it is gone.
///
///     creating ─▶ active ─▶ revoking ─▶ revoked
///        │          │           │  ▲       ▲
///        ▼          │           ▼  │       │
///      failed       └────▶     locked ─────┘
///
/// Nothing is deleted: a lease that ended stays on record.
package struct Lease: Hashable, Sendable {
    package enum State: String, Sendable, Codable, CaseIterable {
        /// The intent is recorded; the role may or may not exist. Can become `active` once the role exists and
        /// its password can be handed out, `failed` when it is certain that no role exists. With an end reason
        /// somebody ended it meanwhile: then it can become `failed` only.
        case creating
        /// The role can log in. Can become `revoking`.
        case active
        /// The role is being ended; each attempt runs all steps. Can become `revoked` or `locked`.
        case revoking
        /// Login is off, but the server refuses the drop (the role owns something). Tried again for ever; can
        /// become `revoked`.
        case locked
        /// The role is gone. Final.
        case revoked
        /// No role was made, or it was removed before anyone had its password. Final.
        case failed

        package var isFinal: Bool { self == .revoked || self == .failed }
        /// Counts against `max_active`: somebody has, may have, or may still get access through it, or its role
        /// stays in the server because of what they left there.
        package var countsAsActive: Bool { self == .creating || self == .active || self == .locked }
    }

    /// Why a lease ended.
    package enum EndReason: String, Sendable, Codable, CaseIterable {
        case expired
        /// By its requester or an administrator.
        case revoked
        /// The server was found without the role.
        case roleMissing = "role_missing"
        /// The reply could not be given, or the record not be written.
        case undone
        /// The connection that held it ended without a goodbye.
        case tetherLost = "tether_lost"
        /// A lockdown revoked what was out, or overtook the intent.
        case lockdown
        /// Its role was altered behind our back.
        case altered
        /// Its profile was given another scope, with `on_change: revoke`.
        case scopeChanged = "scope_changed"
    }

    package let id: LeaseID
    package let requestID: RequestID
    package let database: DatabaseName
    package let engine: EngineKind
    package let profile: ProfileName
    package let requester: Requester
    package let reason: Reason?
    package let ticket: Ticket?
    package let role: RoleName
    package let groups: [String]
    /// The part of the groups' scope that was asked for; nil for all of it.
    package let narrowing: Narrowing?
    /// Taken without approval, in an emergency.
    package let isBreakGlass: Bool
    /// How the broker acted on the server when it made it.
    package let mode: DatabaseDefinition.Mode
    /// When the intent was recorded, by our clock.
    package let createdAt: Date

    /// The latest moment that renewing can reach, by our clock. An extension moves it.
    package private(set) var endsLatestAt: Date
    /// When the broker ends it, by our clock.
    package private(set) var expiresAt: Date
    package private(set) var state: State
    /// The narrowed group that the role is a member of, instead of `groups`; nil for one that is not narrowed.
    package private(set) var narrowedGroup: String?
    /// The role's OID in the server (PostgreSQL).
    package private(set) var roleOID: UInt32?
    /// Lives only as long as its holder keeps a connection open.
    package private(set) var isTethered: Bool
    /// When the server itself ends it, by the server's clock.
    package private(set) var validUntil: Date?
    package private(set) var endedAt: Date?
    package private(set) var endReason: EndReason?
    /// How many attempts to end it (or to find out what became of it) have failed.
    package private(set) var attempts: Int
    /// When the next attempt is due: for `creating`, `revoking` and `locked`.
    package private(set) var nextAttemptAt: Date?
    /// What keeps the role from being dropped, or what the last attempt met; safe to show.
    package private(set) var obstacle: Obstacle?

    /// Who asked, as it stands on record.
    package struct Requester: Hashable, Sendable, Codable {
        package let user: String
        package let uid: UInt32
        /// Whom quotas, segregation and four eyes count.
        package let person: Person
        /// `Identity.key`: which of their identities it was.
        package let key: String

        /// - Parameters:
        ///   - person: nil for one of their own.
        ///   - key: nil for the uid's.
        package init(user: String, uid: UInt32, person: Person? = nil, key: String? = nil) {
            let key = key ?? "uid:\(uid)"
            self.user = user
            self.uid = uid
            self.person = person ?? Person(rawValue: key)
            self.key = key
        }

        package init(_ identity: Identity, person: Person) {
            self.init(user: identity.user, uid: identity.uid, person: person, key: identity.key)
        }

        /// For people to read: with a token the user name is the runner's, which says nothing of who decided.
        package var shown: String { key == "uid:\(uid)" ? user : "\(user) \(key)" }

        /// Whether somebody is the very same: another token of the same subject over the same uid is; another uid, or
        /// the same without a token, is not.
        package func isSame(as identity: Identity) -> Bool {
            uid == identity.uid && key == identity.key
        }
    }

    /// What stands in the way of a lease's end.
    package struct Obstacle: Hashable, Sendable, Codable {
        package var message: String
        /// What the role owns or holds, one line each.
        package var hanging: [String]
        /// What a DBA could run to clear it.
        package var statement: String?
        package init(message: String, hanging: [String] = [], statement: String? = nil) {
            self.message = message
            self.hanging = hanging
            self.statement = statement
        }
    }

    /// A new lease: the intent.
    /// - Parameter settleBy: when a `creating` that nobody carried on is looked into.
    package init(
        id: LeaseID, requestID: RequestID, grant: Grant, engine: EngineKind, requester: Requester,
        reason: Reason?,
        ticket: Ticket?, narrowing: Narrowing? = nil, role: RoleName, isTethered: Bool = false, now: Date,
        settleBy: Date, mode: DatabaseDefinition.Mode = .guard
    ) {
        self.id = id
        self.requestID = requestID
        database = grant.profile.database
        self.engine = engine
        profile = grant.profile.name
        self.requester = requester
        self.reason = reason
        self.ticket = ticket
        self.role = role
        groups = grant.profile.memberOf
        self.narrowing = narrowing
        isBreakGlass = grant.isBreakGlass
        self.mode = mode
        createdAt = now
        endsLatestAt = grant.end(of: grant.maximum, from: now)
        expiresAt = grant.end(of: grant.ttl, from: now)
        state = .creating
        self.isTethered = isTethered
        attempts = 0
        nextAttemptAt = settleBy
    }

    /// A lease as a store kept it.
    package init(
        id: LeaseID, requestID: RequestID, database: DatabaseName, engine: EngineKind, profile: ProfileName,
        requester: Requester, reason: Reason?, ticket: Ticket?, role: RoleName, groups: [String],
        narrowing: Narrowing? = nil, narrowedGroup: String? = nil, isBreakGlass: Bool,
        createdAt: Date,
        endsLatestAt: Date, expiresAt: Date, state: State, isTethered: Bool, roleOID: UInt32?,
        validUntil: Date?,
        endedAt: Date?,
        endReason: EndReason?, attempts: Int, nextAttemptAt: Date?, obstacle: Obstacle?,
        mode: DatabaseDefinition.Mode = .guard
    ) {
        self.id = id
        self.requestID = requestID
        self.database = database
        self.engine = engine
        self.profile = profile
        self.requester = requester
        self.reason = reason
        self.ticket = ticket
        self.role = role
        self.groups = groups
        self.narrowing = narrowing
        self.narrowedGroup = narrowedGroup
        self.isBreakGlass = isBreakGlass
        self.mode = mode
        self.createdAt = createdAt
        self.endsLatestAt = endsLatestAt
        self.expiresAt = expiresAt
        self.state = state
        self.isTethered = isTethered
        self.roleOID = roleOID
        self.validUntil = validUntil
        self.endedAt = endedAt
        self.endReason = endReason
        self.attempts = attempts
        self.nextAttemptAt = nextAttemptAt
        self.obstacle = obstacle
    }

    /// Whether its requester is to be warned at `now`, `before` seconds before its end: not when it lives no longer than
    /// that in all, nor while its holder is there to renew it.
    package func isExpiring(now: Date, before: TimeInterval) -> Bool {
        state == .active && expiresAt > now && expiresAt.timeIntervalSince(now) <= before
            && expiresAt.timeIntervalSince(createdAt) > before && (!isTethered || expiresAt >= endsLatestAt)
    }

    /// What can happen to a lease.
    package enum Event: Hashable, Sendable {
        /// The server has made the role.
        case made(roleOID: UInt32?, validUntil: Date, narrowedGroup: String? = nil)
        /// It is certain that no role exists and none will.
        case undone
        /// The server has moved the role's end.
        case renewed(expiresAt: Date, validUntil: Date)
        /// The server has moved the role's end beyond what was granted first, as was decided anew.
        case extended(to: Date, validUntil: Date)
        /// A fresh password is about to take the place of the first one.
        case reissued
        /// Its rule ends before it would. What it was given stays on record; the server keeps the later end.
        case shortened(to: Date)
        /// Its holder keeps a connection open, on which its life depends from now on.
        case tethered
        /// Its holder said goodbye: it lives to its expiry.
        case untethered
        /// Somebody or the clock ended it; the attempt that follows is due at `attemptAt`.
        case ending(EndReason, attemptAt: Date)
        /// An attempt did not succeed: the server is down, hangs or answers with an error.
        case attemptFailed(Obstacle, nextAttemptAt: Date)
        /// Login is off, the drop is refused.
        case dropRefused(Obstacle, nextAttemptAt: Date)
        /// The role is gone, and looked at.
        case gone
    }

    /// What an event did.
    package enum Change: Hashable, Sendable {
        case changed
        /// It had happened already; repeating is success.
        case already
        /// Not possible in this state; nothing was changed.
        case impossible
    }

    /// Moves the lease on. The one place where a lease changes.
    package mutating func apply(_ event: Event, now: Date) -> Change {
        switch (state, event) {
        case (.creating, .made(let oid, let until, let narrowed)):
            // Ended before it began: whoever made the role removes it.
            guard endReason == nil else { return .impossible }
            state = .active
            roleOID = oid
            narrowedGroup = narrowed
            validUntil = until
            nextAttemptAt = nil
            obstacle = nil
            return .changed
        case (.active, .made): return .already

        case (.creating, .undone), (.creating, .gone):
            return end(.failed, endReason ?? .undone, now)
        case (.creating, .ending(let reason, let attemptAt)):
            nextAttemptAt = min(nextAttemptAt ?? attemptAt, attemptAt)
            guard endReason == nil else { return .already }
            endReason = reason
            return .changed
        case (.failed, .undone), (.failed, .gone), (.failed, .ending): return .already

        case (.active, .renewed(let expiry, let until)):
            expiresAt = min(max(expiry, expiresAt), endsLatestAt)
            validUntil = until
            return .changed

        case (.active, .extended(let end, let until)):
            guard end > expiresAt || end > endsLatestAt else { return .already }
            endsLatestAt = max(endsLatestAt, end)
            expiresAt = max(expiresAt, end)
            validUntil = until
            return .changed

        case (.active, .reissued): return expiresAt > now ? .changed : .impossible

        case (.creating, .shortened(let end)), (.active, .shortened(let end)):
            guard end < expiresAt else { return .already }
            expiresAt = end
            return .changed

        case (.active, .tethered): return tether(true)
        case (.active, .untethered): return tether(false)

        case (.active, .ending(let reason, let attemptAt)):
            state = .revoking
            endReason = reason
            attempts = 0
            nextAttemptAt = attemptAt
            return .changed
        case (.revoking, .ending(_, let attemptAt)), (.locked, .ending(_, let attemptAt)):
            nextAttemptAt = min(nextAttemptAt ?? attemptAt, attemptAt)
            return .already
        case (.revoked, .ending), (.revoked, .gone): return .already

        case (.creating, .attemptFailed(let obstacle, let next)),
            (.revoking, .attemptFailed(let obstacle, let next)):
            attempts += 1
            self.obstacle = obstacle
            nextAttemptAt = next
            return .changed
        case (.locked, .attemptFailed(let passing, let next)):
            attempts += 1
            // What hangs on the role still does, whatever this attempt met.
            obstacle = Obstacle(
                message: passing.message, hanging: obstacle?.hanging ?? [], statement: obstacle?.statement)
            nextAttemptAt = next
            return .changed

        case (.revoking, .dropRefused(let obstacle, let next)),
            (.locked, .dropRefused(let obstacle, let next)):
            let again = state == .locked && self.obstacle == obstacle
            state = .locked
            attempts += 1
            self.obstacle = obstacle
            nextAttemptAt = next
            return again ? .already : .changed

        case (.revoking, .gone), (.locked, .gone):
            return end(.revoked, endReason ?? .revoked, now)

        case (.creating, .renewed), (.creating, .dropRefused),
            (.creating, .tethered), (.creating, .untethered), (.revoking, .tethered),
            (.revoking, .untethered),
            (.locked, .tethered), (.locked, .untethered), (.revoked, .tethered), (.revoked, .untethered),
            (.failed, .tethered), (.failed, .untethered),
            (.active, .undone), (.active, .attemptFailed), (.active, .dropRefused), (.active, .gone),
            (.revoking, .made), (.revoking, .undone), (.revoking, .renewed),
            (.locked, .made), (.locked, .undone), (.locked, .renewed),
            (.revoked, .made), (.revoked, .undone), (.revoked, .renewed), (.revoked, .attemptFailed),
            (.revoked, .dropRefused),
            (.creating, .extended), (.revoking, .extended), (.locked, .extended), (.revoked, .extended),
            (.failed, .extended),
            (.creating, .reissued), (.revoking, .reissued), (.locked, .reissued), (.revoked, .reissued),
            (.failed, .reissued),
            (.revoking, .shortened), (.locked, .shortened), (.revoked, .shortened), (.failed, .shortened),
            (.failed, .made), (.failed, .renewed), (.failed, .attemptFailed), (.failed, .dropRefused):
            return .impossible
        }
    }

    private mutating func tether(_ tethered: Bool) -> Change {
        guard isTethered != tethered else { return .already }
        isTethered = tethered
        return .changed
    }

    private mutating func end(_ state: State, _ reason: EndReason, _ now: Date) -> Change {
        self.state = state
        endReason = reason
        endedAt = now
        nextAttemptAt = nil
        obstacle = nil
        return .changed
    }
}
