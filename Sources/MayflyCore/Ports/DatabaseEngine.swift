package import Foundation

/// What the broker asks of a database server. One instance for each configured database.
///
/// Every call has a deadline of its own and answers; none of them blocks the caller's thread. Calls that take a
/// batch answer for each member, in the order of the batch, and one bad member fails alone. Every call is
/// idempotent: repeating one that was carried out is success. Its conformance suite is
/// `DatabaseEngineConformance` in MayflyTesting.
package protocol DatabaseEngine: Sendable {
    /// What the server stores in place of the password. CPU-bound: a few milliseconds at 4,096 iterations.
    func verifier(for password: UnsafeRawBufferPointer, iterations: Int) throws(EngineFailure) -> Verifier

    /// Makes a login role for each order, all or nothing per member.
    ///
    /// When the connection is lost in mid-call the server is asked what became of it. `outcomeUnknown` is left
    /// only if the server cannot be asked before the deadline either.
    func issue(_ orders: [RoleOrder]) async -> [Result<IssuedRole, EngineFailure>]

    /// Moves the server-side end of roles to the later of what it is and the server's now + TTL.
    /// - Returns: the new end, by the server's clock.
    func renew(_ orders: [RenewOrder]) async -> [Result<Date, EngineFailure>]

    /// Gives a role that nobody has used yet, and that is under 5 minutes old, another password.
    func replaceVerifier(_ lease: LeaseID, with verifier: Verifier) async -> Result<Void, EngineFailure>

    /// Ends roles: login off, sessions cut, privileges removed, dropped, looked at; each step committed before
    /// the next. A role that is gone already is `gone`.
    func revoke(_ roles: [RoleReference], _ patience: Patience) async -> [RevokeOutcome]

    /// All roles of this installation by the guard's register and by the catalogue.
    func roles() async throws(EngineFailure) -> [RoleStanding]

    /// Ends sessions that a role which is dropped already still has (a backend that was past authentication but
    /// not yet visible). Returns how many.
    func endLateSessions(_ roles: [RoleReference]) async throws(EngineFailure) -> Int

    /// Asks the server how it is, within the deadline.
    func health() async -> EngineHealth

    /// The whole preflight: what stands between this configuration and a lease.
    func preflight(profiles: [Profile]) async -> [Finding]

    /// Issues for `profile`, logs in as the new role the way a requester would, and revokes.
    ///
    /// Not on record in the state: the guard's register knows the role, and a daemon that sees it there without a
    /// lease of its own revokes it.
    func probe(_ profile: Profile) async -> [Finding]

    /// Ends the connections. Calls after this fail with `unreachable`.
    func close() async
}

/// How long a revocation waits for what does not come at once.
package enum Patience: Sendable {
    /// Two seconds for sessions to end, half a second for standbys: other leases wait behind this one.
    case brief
    /// To the deadline of the engine's calls.
    case full
}

/// What the server keeps of a password: a SCRAM verifier or a hash. Not the password, yet no one's business.
package struct Verifier: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    package let text: String
    package init(_ text: String) { self.text = text }
    package var description: String { "‹verifier›" }
    package var debugDescription: String { description }
}

/// Everything that the guard needs to make one login role.
package struct RoleOrder: Hashable, Sendable {
    package var lease: LeaseID
    package var role: RoleName
    package var verifier: Verifier
    package var groups: [String]
    package var ttl: TTL
    package var connectionLimit: Int
    package var settings: [String: String]
    package var requester: String
    package var reason: String?

    package init(
        lease: LeaseID, role: RoleName, verifier: Verifier, groups: [String], ttl: TTL, connectionLimit: Int,
        settings: [String: String], requester: String, reason: String?
    ) {
        self.lease = lease
        self.role = role
        self.verifier = verifier
        self.groups = groups
        self.ttl = ttl
        self.connectionLimit = connectionLimit
        self.settings = settings
        self.requester = requester
        self.reason = reason
    }
}

/// A role that the server has made.
package struct IssuedRole: Hashable, Sendable {
    package var oid: UInt32?
    /// By the server's clock.
    package var validUntil: Date
    package init(oid: UInt32?, validUntil: Date) {
        self.oid = oid
        self.validUntil = validUntil
    }
}

package struct RenewOrder: Hashable, Sendable {
    package var lease: LeaseID
    /// From the server's now.
    package var ttl: TTL
    package init(lease: LeaseID, ttl: TTL) {
        self.lease = lease
        self.ttl = ttl
    }
}

package struct RoleReference: Hashable, Sendable {
    package var lease: LeaseID
    package var role: RoleName
    package init(lease: LeaseID, role: RoleName) {
        self.lease = lease
        self.role = role
    }
    package init(_ lease: Lease) { self.init(lease: lease.id, role: lease.role) }
}

package enum RevokeOutcome: Hashable, Sendable {
    /// The role does not exist (any more), and that was looked at.
    case gone(sessionsEnded: Int)
    /// Login is off and sessions are cut, but the role cannot be dropped.
    case locked(Lease.Obstacle)
    /// Not done, or not known to be; try again.
    case failed(EngineFailure)

    /// The server did not answer: the next call is likely to fail in the same way.
    package var isUnanswered: Bool {
        guard case .failed(let failure) = self else { return false }
        switch failure.kind {
        case .unreachable, .notAuthenticated, .outcomeUnknown, .overloaded, .readOnly: return true
        case .guardUnusable, .refusedByGuard, .tooMany, .serverError, .invalid, .replica: return false
        }
    }
}

/// How a role stands by the guard's register and by the catalogue.
package struct RoleStanding: Hashable, Sendable {
    package enum Standing: String, Sendable {
        /// In the register and in the catalogue.
        case live
        /// In the register, not ended, but not in the catalogue.
        case missing
        /// In the catalogue under a name like ours, but not in the register, or (with its lease) not as the register
        /// has it: renamed, or its comment changed. Reported, never touched.
        case stray
    }

    package var standing: Standing
    /// Nil for a stray.
    package var lease: LeaseID?
    /// As the catalogue or the register has it; a stray's may not parse as a `RoleName`.
    package var role: String
    package var requester: String?
    package var validUntil: Date?
    /// The server's now is past `validUntil`.
    package var isOverdue: Bool
    package var canLogIn: Bool
    /// Password or settings are not those that were issued.
    package var isAltered: Bool

    package init(
        standing: Standing, lease: LeaseID?, role: String, requester: String?, validUntil: Date?,
        isOverdue: Bool,
        canLogIn: Bool, isAltered: Bool
    ) {
        self.standing = standing
        self.lease = lease
        self.role = role
        self.requester = requester
        self.validUntil = validUntil
        self.isOverdue = isOverdue
        self.canLogIn = canLogIn
        self.isAltered = isAltered
    }
}

package struct EngineHealth: Hashable, Sendable {
    package var reachable: Bool
    package var serverVersion: String?
    package var guardVersion: Int?
    /// Server's clock minus ours, in seconds.
    package var clockSkew: Double?
    package var failure: EngineFailure?

    package init(
        reachable: Bool, serverVersion: String? = nil, guardVersion: Int? = nil, clockSkew: Double? = nil,
        failure: EngineFailure? = nil
    ) {
        self.reachable = reachable
        self.serverVersion = serverVersion
        self.guardVersion = guardVersion
        self.clockSkew = clockSkew
        self.failure = failure
    }
}

/// Why a server did not do something. Safe to show: no secret, no SQL text.
package struct EngineFailure: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Kind: String, Sendable {
        /// No connection; nothing was done.
        case unreachable
        /// The account's password or certificate was refused.
        case notAuthenticated
        /// No answer within the deadline, and the server cannot say what became of it.
        case outcomeUnknown
        /// The guard is missing, too old, too new or altered, or our account may not call it.
        case guardUnusable
        /// The guard refused: an argument, a group, a ceiling.
        case refusedByGuard
        /// Too many live roles or issues per minute by the guard.
        case tooMany
        /// The server is out of connections, memory or disk.
        case overloaded
        /// A replica answered where the writable server should.
        case readOnly
        /// The writable server is done, but a standby could not be asked.
        case replica
        /// Any other error of the server.
        case serverError
        /// A value that cannot be what it says; a bug of ours or a wrong configuration.
        case invalid
    }

    package var kind: Kind
    /// SQLSTATE or error number.
    package var code: String?
    package var message: String
    package var hint: String?

    package init(_ kind: Kind, code: String? = nil, _ message: String, hint: String? = nil) {
        self.kind = kind
        self.code = code
        self.message = message
        self.hint = hint
    }

    package var description: String {
        kind.rawValue + (code.map { " (\($0))" } ?? "") + ": " + message
    }
}

/// One line of a preflight.
package struct Finding: Hashable, Sendable {
    package enum Severity: String, Sendable, Comparable {
        case ok, note, warning, error
        package static func < (a: Severity, b: Severity) -> Bool { a.rank < b.rank }
        private var rank: Int {
            switch self {
            case .ok: 0
            case .note: 1
            case .warning: 2
            case .error: 3
            }
        }
    }

    package var severity: Severity
    /// What was looked at, such as `guard` or `tls`.
    package var check: String
    package var message: String
    /// What a DBA would run to mend it.
    package var statement: String?

    package init(_ severity: Severity, _ check: String, _ message: String, statement: String? = nil) {
        self.severity = severity
        self.check = check
        self.message = message
        self.statement = statement
    }
}
