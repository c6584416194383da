package import MayflyCore

/// What the conformance suite needs around an engine: a real server with one group that can read one table, and
/// a DBA's hands.
package protocol DatabaseEngineEnvironment: Sendable {
    var engine: any DatabaseEngine { get }
    var tag: InstallationTag { get }
    /// Allowed in the guard; may read the table `customers`, and not `secrets`.
    var group: String { get }
    /// Settings for a role that the guard takes.
    var settings: [String: String] { get }

    /// A login as a requester would do it.
    func logIn(_ role: RoleName, password: String) async throws -> any DatabaseEngineSession
    func roleExists(_ role: String) async throws -> Bool

    // What a DBA, or a leaser with a DBA's help, does to a role behind the broker's back.

    /// Privileges of its own, beyond its group's, in each database where a role may have any.
    func grantDirectly(to role: RoleName) async throws
    /// Makes something that keeps the role from being dropped, and that answers 42.
    /// - Returns: its name.
    func leaveObject(of role: RoleName) async throws -> String
    /// What that answers; nil when it is gone.
    func answer(of object: String) async throws -> String?
    /// Does with it what a DBA would, so that the role can go.
    func takeOver(_ object: String, of role: RoleName) async throws
    func remove(_ object: String) async throws
    func dropRole(_ role: RoleName) async throws
    /// A role with a name like ours that the guard did not make.
    func makeStray(_ role: RoleName) async throws
}

/// A session of a login role.
package protocol DatabaseEngineSession: Sendable {
    /// - Throws: whatever the server refuses.
    func run(_ sql: String) async throws
    func end() async
}

/// An environment of one test's own, whose server may be hurt.
package protocol DatabaseEngineTrouble: DatabaseEngineEnvironment {
    /// Another engine for the same server, with its account's password wrong.
    func engineWithWrongPassword() -> any DatabaseEngine
    func stop() async throws
    func start() async throws
    /// As in a crash.
    func restart() async throws
    func freeze() async throws
    func thaw() async throws
    func removeGuard() async throws
    func dropAccount() async throws
    /// Takes every connection that an ordinary user can get.
    func exhaustConnections() async throws -> [any DatabaseEngineSession]
}
