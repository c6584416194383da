import MayflyCore

/// A database's definition as the state keeps it: a shape of its own, so that what `DatabaseDefinition` gains or
/// renames does not make an older memo unreadable.
///
/// What is added here is optional, and read as its default where an older version did not write it. A test says when
/// `DatabaseDefinition` has something that this lacks.
struct RetainedDatabase: Codable, Sendable {
    struct TLS: Codable, Sendable {
        var mode: DatabaseDefinition.TLSMode
        var ca: String?
    }

    struct Account: Codable, Sendable {
        var user: String
        var host: String?
        var password: DatabaseDefinition.PasswordSource
    }

    struct LoginAccounts: Codable, Sendable {
        var host: String
        var authentication: DatabaseDefinition.Authentication?
    }

    struct Endpoint: Codable, Sendable {
        var host: String
        var port: Int
    }

    struct Ceilings: Codable, Sendable {
        var maxTTL: TTL
        var maxLive: Int
        var maxIssuesPerMinute: Int
    }

    var name: DatabaseName
    var engine: EngineKind
    var mode: DatabaseDefinition.Mode?
    var hosts: [String]
    var replicas: [String]?
    var port: Int
    var database: String
    var also: [String]?
    var guardDatabase: String?
    var client: Endpoint?
    var tls: TLS
    var account: Account
    var loginAccounts: LoginAccounts?
    var connections: Int?
    var timeoutSeconds: Int?
    var ceilings: Ceilings?
    var orphans: DatabaseDefinition.Orphans?
    var driftSeconds: Int?
    var altered: DatabaseDefinition.Altered?
    var serverLog: ServerLogSource?
    var retired: Bool?

    init(_ database: DatabaseDefinition) {
        name = database.name
        engine = database.engine
        mode = database.mode
        hosts = database.hosts
        replicas = database.replicas
        port = database.port
        self.database = database.database
        also = database.also
        guardDatabase = database.guardDatabase
        client = database.client.map { Endpoint(host: $0.host, port: $0.port) }
        tls = TLS(mode: database.tls.mode, ca: database.tls.ca)
        account = Account(
            user: database.account.user, host: database.account.host, password: database.account.password)
        loginAccounts = database.loginAccounts.map {
            LoginAccounts(host: $0.host, authentication: $0.authentication)
        }
        connections = database.connections
        timeoutSeconds = database.timeoutSeconds
        ceilings = Ceilings(
            maxTTL: database.ceilings.maxTTL, maxLive: database.ceilings.maxLive,
            maxIssuesPerMinute: database.ceilings.maxIssuesPerMinute)
        orphans = database.orphans
        driftSeconds = database.driftSeconds
        altered = database.altered
        serverLog = database.serverLog
        retired = database.retired
    }

    var definition: DatabaseDefinition {
        var definition = DatabaseDefinition(
            name: name, engine: engine, hosts: hosts, port: port, database: database,
            client: client.map { .init(host: $0.host, port: $0.port) },
            tls: .init(mode: tls.mode, ca: tls.ca),
            account: .init(user: account.user, host: account.host, password: account.password),
            loginAccounts: loginAccounts.map {
                .init(host: $0.host, authentication: $0.authentication ?? .native)
            })
        if let replicas { definition.replicas = replicas }
        if let also { definition.also = also }
        if let guardDatabase { definition.guardDatabase = guardDatabase }
        if let connections { definition.connections = connections }
        if let timeoutSeconds { definition.timeoutSeconds = timeoutSeconds }
        if let ceilings {
            definition.ceilings = .init(
                maxTTL: ceilings.maxTTL, maxLive: ceilings.maxLive,
                maxIssuesPerMinute: ceilings.maxIssuesPerMinute)
        }
        if let mode { definition.mode = mode }
        if let orphans { definition.orphans = orphans }
        if let driftSeconds { definition.driftSeconds = driftSeconds }
        if let altered { definition.altered = altered }
        definition.serverLog = serverLog
        if let retired { definition.retired = retired }
        return definition
    }
}
