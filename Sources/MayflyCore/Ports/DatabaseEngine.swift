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
    /// - Parameter withOwned: also what they own, which may take a moment.
    func roles(withOwned: Bool) async throws(EngineFailure) -> [RoleStanding]

    /// Who the server says is behind a role or a session; nil when it has none of that name or number, or when it is
    /// not one of a Mayfly's.
    func find(_ subject: RoleSubject) async throws(EngineFailure) -> FoundRole?

    /// Ends sessions that a role which is dropped already still has (a backend that was past authentication but
    /// not yet visible). Returns how many.
    func endLateSessions(_ roles: [RoleReference]) async throws(EngineFailure) -> Int

    /// One look at the sessions that our roles have, on the server and its standbys: a call for each. Nobody else's are told.
    func watchSessions() async throws(EngineFailure) -> SessionLook

    /// What the sessions of leases have run, living or not, by the server's own statistics. Leases that the guard does not know are
    /// left out. Values are in the texts as the server has them.
    func statements(of leases: [LeaseID]) async throws(EngineFailure) -> StatementReadings

    /// Ends one session of a lease's role, whatever it is doing.
    /// - Parameter moment: when a look first found it. Where the server does not tell when sessions began, one that was seen
    ///   before the server was started is over, whatever has its number now.
    /// - Returns: whether it was there.
    func endSession(
        _ key: SessionKey, of lease: LeaseID, seenAt moment: Date
    ) async throws(EngineFailure) -> Bool

    /// What group roles may do in the database that login roles connect to, a line for each object, at most 200. For
    /// people who decide whether somebody gets them; what is granted to everybody is left out.
    func privileges(of groups: [String]) async throws(EngineFailure) -> [String]

    /// What would bring the group roles of these profiles in step with their scopes. Changes nothing; profiles without a
    /// scope are left out.
    func plan(_ profiles: [Profile]) async throws(EngineFailure) -> ScopePlan

    /// What the members of group roles can do, of themselves and because everybody can. One question, whatever the number
    /// of tables and leases.
    func effectivePrivileges(of groups: [String]) async throws(EngineFailure) -> EffectivePrivileges

    /// What would be done for an order, and what it would give; nothing is done, and the order's verifier is not in it.
    func preview(_ order: RoleOrder) async throws(EngineFailure) -> RolePreview

    /// Whether a login role can be given a part of its groups' scope here (`RoleOrder.narrowing`).
    var narrows: Bool { get }

    /// What the narrowed group of a scope would be; nothing is made.
    /// - Throws: `refusedByGuard` for what is no part of what the groups have.
    func preview(_ scope: NarrowedScope) async throws(EngineFailure) -> NarrowedPreview

    /// What is to be done again and again, about each minute: narrowed groups lose what their groups have lost, and
    /// those that nobody uses any more are removed.
    /// - Returns: what was done, a line each.
    func tend() async throws(EngineFailure) -> [String]

    /// Asks the server how it is, within the deadline.
    func health() async -> EngineHealth

    /// The whole preflight: what stands between this configuration and a lease.
    func preflight(profiles: [Profile]) async -> [Finding]

    /// Issues for `profile`, logs in as the new role the way a requester would, and revokes.
    ///
    /// Not on record in the state: the guard's register knows the role, and a daemon that sees it there without a
    /// lease of its own revokes it.
    func probe(_ profile: Profile) async -> [Finding]

    /// Gives an engine whose server keeps no register (`mode: direct`) what is on record to ask. Called before any
    /// other; an engine with a guard has no use for it.
    func consult(_ register: any RoleRegister)

    /// Ends the connections. Calls after this fail with `unreachable`.
    func close() async
}

extension DatabaseEngine {
    package func consult(_ register: any RoleRegister) {}
    /// What a sweep needs.
    package func roles() async throws(EngineFailure) -> [RoleStanding] { try await roles(withOwned: false) }
}

/// Engines that cannot follow sessions.
extension DatabaseEngine {
    package func watchSessions() async throws(EngineFailure) -> SessionLook {
        throw EngineFailure(.invalid, code: "sessions", "sessions are not followed here")
    }

    package func statements(of leases: [LeaseID]) async throws(EngineFailure) -> StatementReadings {
        throw EngineFailure(.invalid, code: "statements", "what was run is not told here")
    }

    package func endSession(
        _ key: SessionKey, of lease: LeaseID, seenAt moment: Date
    ) async throws(EngineFailure) -> Bool {
        throw EngineFailure(.invalid, code: "sessions", "single sessions cannot be ended here")
    }
}

/// Engines that cannot narrow, or tell what people are told only.
extension DatabaseEngine {
    package func effectivePrivileges(of groups: [String]) async throws(EngineFailure) -> EffectivePrivileges {
        EffectivePrivileges(lines: try await privileges(of: groups))
    }

    package func preview(_ order: RoleOrder) async throws(EngineFailure) -> RolePreview {
        throw EngineFailure(.invalid, code: "preview", "the statements are not shown for this kind of server")
    }

    package var narrows: Bool { false }

    package func preview(_ scope: NarrowedScope) async throws(EngineFailure) -> NarrowedPreview {
        throw EngineFailure(.invalid, code: "narrowing", "narrowing is not available here")
    }

    package func tend() async throws(EngineFailure) -> [String] { [] }
}
