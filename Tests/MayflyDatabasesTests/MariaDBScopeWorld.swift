import MayflyCore
import MayflyDatabases
import MayflyTesting
import SQLClients
import Testing

/// A MariaDB or MySQL server with the guard, for scopes and plans. Each test has schemas and a group of its own.
struct MariaDBScopeWorld: Sendable {
    static let installation = Configuration.Installation(
        name: "scope", tag: InstallationTag(rawValue: "sc")!)  // two letters: a tag
    static let password = "Broker-password-1"

    let server: MariaDBServer
    let definition: DatabaseDefinition
    let group: String
    var profile: Profile

    private static let shared = Task { () async throws -> MariaDBServer in try await start() }

    /// - Parameter options: of the server's command line.
    static func start(_ options: [String] = []) async throws -> MariaDBServer {
        let server = try await MariaDBServer.start(options: options)
        let script = try MariaDBGuard(
            definition: definition(server), installation: installation, profiles: []
        ).installScript()
        try await server.installGuard(script: script, password: password)
        return server
    }

    private static func definition(_ server: MariaDBServer) -> DatabaseDefinition {
        DatabaseDefinition(
            name: DatabaseName(unchecked: "shop"), engine: server.isMySQL ? .mysql : .mariadb,
            hosts: [server.socket], port: server.port, database: "shop", tls: .init(mode: .disable),
            account: .init(user: "mayfly", password: .none), timeoutSeconds: 30)
    }

    /// - Parameter script: what there is, as root makes it.
    static func make(
        _ group: String, _ script: String = "", server: MariaDBServer? = nil, _ grants: ScopeGrant...
    ) async throws -> MariaDBScopeWorld {
        let server = if let server { server } else { try await shared.value }
        try await server.client(script: script)
        var profile = Profile(
            name: ProfileName(unchecked: "shop-read"), database: DatabaseName(unchecked: "shop"),
            ttl: .init(default: try TTL(seconds: 60), max: try TTL(seconds: 60)), memberOf: [group])
        profile.group = group
        profile.scope = Scope(grants)
        return MariaDBScopeWorld(
            server: server, definition: definition(server), group: group, profile: profile)
    }

    var dba: MariaDBDBA {
        get throws {
            try MariaDBDBA(definition, installation: Self.installation, user: "root", password: nil)
        }
    }

    func plan() async throws -> ProfilePlan {
        try #require(await dba.plan([profile]).profiles.first)
    }

    func statements() async throws -> [String] { try await plan().steps.map(\.statement) }

    /// As `mayflyd apply` does, and the plan after it.
    @discardableResult
    func apply() async throws -> ProfilePlan {
        try await dba.apply(try await dba.plan([profile])) { _ in }
        return try await plan()
    }

    /// As a DBA who pipes what is printed into the client.
    func applyPrinted() async throws {
        try await server.client(script: MariaDBPlanScript(try await dba.plan([profile])).text())
    }

    /// As the broker's account, with what the guard tells it.
    func told() async throws -> ProfilePlan {
        let engine = MariaDBEngine(definition: definition, installation: Self.installation) {
            AccountPassword(copying: Self.password.utf8)
        }
        let plan = try await engine.plan([profile]).profiles.first
        await engine.close()
        return try #require(plan)
    }

    func grants() async throws -> [String] {
        try await server.execute("SHOW GRANTS FOR \(try MariaDBQuoting.identifier(group))")
            .compactMap { $0.values.first ?? nil }.filter { !$0.contains("USAGE ON *.*") }.sorted()
    }
}
