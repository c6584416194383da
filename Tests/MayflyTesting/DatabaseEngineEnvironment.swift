package import MayflyCore

/// What the conformance suite needs around an engine: a real server with one group that can read one table, and
/// a DBA's hands.
package protocol DatabaseEngineEnvironment: Sendable {
    var engine: any DatabaseEngine { get }
    var tag: InstallationTag { get }
    /// Allowed in the guard; may read the table `customers`, and not `secrets`.
    var group: String { get }
    /// Two databases of the server in which a role may leave something; roles log in to the first.
    var databases: (main: String, other: String) { get }

    /// A login as a requester would do it.
    func logIn(_ role: RoleName, password: String) async throws -> any DatabaseEngineSession
    func roleExists(_ role: String) async throws -> Bool
    /// Statements by the DBA, in a database.
    func asDBA(_ sql: String, in database: String) async throws
    /// The first column of the first row, for a DBA.
    func valueForDBA(_ sql: String, in database: String) async throws -> String?
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
