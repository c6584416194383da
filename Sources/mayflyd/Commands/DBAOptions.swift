import ArgumentParser
import Foundation
import MayflyCore
import MayflyDatabases
import SQLClients

/// How a DBA connects: to read the guard, as one that was tampered with can lie about itself, and to do what the broker's
/// account has no right to.
struct DBAOptions: ParsableArguments {
    @Flag(
        name: .customLong("as-dba"),
        help: "With a DBA's own connection instead of the broker's account.")
    var asDBA = false

    @Option(
        name: .customLong("dba-user"),
        help: ArgumentHelp("The DBA's account; else postgres, or root.", valueName: "user"))
    var user: String?

    @Option(
        name: .customLong("dba-host"),
        help: ArgumentHelp(
            "Where the DBA connects, such as a Unix socket; else the configured hosts.",
            valueName: "host"))
    var host: String?

    @Option(
        name: .customLong("dba-password-file"),
        help: ArgumentHelp(
            "A file with the DBA's password, open to nobody else; else PGPASSWORD or MYSQL_PWD, else none.",
            valueName: "file"))
    var passwordFile: String?

    /// The database as the DBA reaches it.
    func reached(_ definition: DatabaseDefinition) -> DatabaseDefinition {
        guard let host else { return definition }
        var reached = definition
        reached.hosts = [host]
        // A Unix socket has no TLS.
        if host.hasPrefix("/") { reached.tls = .init(mode: .disable) }
        return reached
    }

    /// The DBA's own connections to a PostgreSQL server.
    func postgreSQL(
        _ definition: DatabaseDefinition, installation: Configuration.Installation
    ) throws(EngineFailure) -> PostgreSQLDBA {
        try PostgreSQLDBA(
            reached(definition), installation: installation, user: user ?? "postgres",
            password: try password(or: "PGPASSWORD"))
    }

    /// The DBA's own connection to a MariaDB or MySQL server.
    func mariaDB(
        _ definition: DatabaseDefinition, installation: Configuration.Installation
    ) throws(EngineFailure) -> MariaDBDBA {
        try MariaDBDBA(
            reached(definition), installation: installation, user: user ?? "root",
            password: try password(or: "MYSQL_PWD"))
    }

    func findings(
        for definition: DatabaseDefinition, installation: Configuration.Installation
    ) async -> [Finding] {
        let reached = reached(definition)
        switch definition.engine {
        case .postgresql:
            let user = user ?? "postgres"
            let engine = PostgreSQLEngine(definition: reached, installation: installation) { nil }
            let findings: [Finding]
            do throws(EngineFailure) {
                findings = await engine.preflight(asDBA: user, password: try password(or: "PGPASSWORD"))
            } catch {
                findings = [Finding(.error, "as \(user)", error.message)]
            }
            await engine.close()
            return findings
        case .mariadb, .mysql:
            let user = user ?? "root"
            let engine = MariaDBEngine(definition: reached, installation: installation) { nil }
            let findings: [Finding]
            do throws(EngineFailure) {
                findings = await engine.preflight(asDBA: user, password: try password(or: "MYSQL_PWD"))
            } catch {
                findings = [Finding(.error, "as \(user)", error.message)]
            }
            await engine.close()
            return findings
        }
    }

    /// The DBA as who changes an account.
    func changer(_ engine: EngineKind) throws(EngineFailure) -> AccountChanger {
        switch engine {
        case .postgresql: .dba(user: user ?? "postgres", password: try password(or: "PGPASSWORD"))
        case .mariadb, .mysql: .dba(user: user ?? "root", password: try password(or: "MYSQL_PWD"))
        }
    }

    private func password(or variable: String) throws(EngineFailure) -> AccountPassword? {
        let environment = ConfigurationEnvironment.current
        if let passwordFile {
            return try PasswordReader(source: .file(passwordFile), environment: environment).password()
        }
        guard environment.variables[variable]?.isEmpty == false else { return nil }
        return try PasswordReader(source: .environment(variable), environment: environment).password()
    }
}
