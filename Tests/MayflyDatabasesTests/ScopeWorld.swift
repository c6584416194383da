import MayflyCore
import MayflyDatabases
import MayflyTesting
import SQLClients

/// A database of its own on a real server with the guard, whose group roles are planned and applied.
struct ScopeWorld {
    static let installation = Configuration.Installation(
        name: "scope", tag: InstallationTag(rawValue: "sc")!)  // two letters: a tag
    static let password = "broker"

    let server: PostgreSQLServer
    let definition: DatabaseDefinition
    /// Of each test another: roles are the server's.
    let group: String
    var profile: Profile

    private static let shared = Task { () async throws -> PostgreSQLServer in
        let server = try await PostgreSQLServer.start()
        let script = try PostgreSQLGuard(
            definition: definition(server, "postgres"), installation: installation, profiles: []
        ).installScript()
        try await server.installGuard(script: script, password: password)
        return server
    }

    /// - Parameter script: what is in the database, as the superuser makes it.
    static func make(_ name: String, _ script: String = "", _ grants: ScopeGrant...) async throws
        -> ScopeWorld
    {
        let server = try await shared.value
        try await server.psql(
            script: "CREATE DATABASE \(name);\n\\connect \(name)\nCREATE SCHEMA sales;\n" + script)
        return ScopeWorld(
            server: server, definition: definition(server, name), group: "g_\(name)",
            profile: try profile(name, grants))
    }

    private static func definition(_ server: PostgreSQLServer, _ name: String) -> DatabaseDefinition {
        DatabaseDefinition(
            name: DatabaseName(unchecked: "orders"), engine: .postgresql, hosts: [server.socketDirectory],
            port: server.port, database: name, tls: .init(mode: .disable),
            account: .init(user: "mayfly", password: .none), timeoutSeconds: 30)
    }

    private static func profile(_ name: String, _ grants: [ScopeGrant]) throws -> Profile {
        var profile = Profile(
            name: ProfileName(unchecked: "orders-read"), database: DatabaseName(unchecked: "orders"),
            ttl: .init(default: try TTL(seconds: 60), max: try TTL(seconds: 60)), memberOf: ["g_\(name)"])
        profile.group = "g_\(name)"
        profile.scope = Scope(grants)
        return profile
    }

    var dba: PostgreSQLDBA {
        get throws {
            try PostgreSQLDBA(definition, installation: Self.installation, user: "postgres", password: nil)
        }
    }

    func plan() async throws -> ProfilePlan {
        try await dba.plan([profile]).profiles.first ?? ProfilePlan(profile: profile.name, group: "")
    }

    func statements() async throws -> [String] { try await plan().steps.map(\.statement) }

    /// As `mayflyd apply` does; ends with a plan that must be empty.
    @discardableResult
    func apply() async throws -> ProfilePlan {
        try await dba.apply(try await dba.plan([profile])) { _ in }
        return try await plan()
    }

    /// As a DBA with psql does.
    func applyPrinted() async throws {
        let plan = try await dba.plan([profile])
        try await server.psql(script: try PlanScript(plan, of: definition).text())
    }

    @discardableResult
    func execute(_ sql: String, _ values: [String?] = []) async throws -> PostgreSQLRows {
        try await server.execute(sql, values, database: definition.database)
    }

    /// The server's major version.
    func version() async throws -> Int { try await server.majorVersion() }

    /// Whether a member of the group could do it, by the server's own word.
    func may(_ privilege: String, on table: String) async throws -> Bool {
        try await execute(
            "SELECT has_table_privilege($1, $2::regclass, $3) AS may", [group, table, privilege]
        ).only().string("may") == "t"
    }
}

extension DatabaseDefinition {
    func over(_ host: String) -> DatabaseDefinition {
        var other = self
        other.hosts = [host]
        return other
    }
}
