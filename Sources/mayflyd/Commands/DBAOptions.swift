import ArgumentParser
import Foundation
import MayflyCore
import MayflyDatabases
import SQLClients

/// How a DBA connects to read the guard: a guard that was tampered with can lie about itself.
struct DBAOptions: ParsableArguments {
    @Flag(
        name: .customLong("as-dba"),
        help: "Read the guard's functions and rights as a DBA, out of the catalogue.")
    var asDBA = false

    @Option(name: .customLong("dba-user"), help: ArgumentHelp("The DBA's account.", valueName: "user"))
    var user = "postgres"

    @Option(
        name: .customLong("dba-host"),
        help: ArgumentHelp(
            "Where the DBA connects, such as a socket directory; else the configured hosts.",
            valueName: "host"))
    var host: String?

    @Option(
        name: .customLong("dba-password-file"),
        help: ArgumentHelp(
            "A file with the DBA's password, open to nobody else; else PGPASSWORD, else none.",
            valueName: "file"))
    var passwordFile: String?

    func findings(
        for definition: DatabaseDefinition, installation: Configuration.Installation
    ) async -> [Finding] {
        var reached = definition
        if let host {
            reached.hosts = [host]
            // A Unix socket has no TLS.
            if host.hasPrefix("/") { reached.tls = .init(mode: .disable) }
        }
        switch definition.engine {
        case .postgresql:
            let engine = PostgreSQLEngine(definition: reached, installation: installation) { nil }
            let findings: [Finding]
            do throws(EngineFailure) {
                findings = await engine.preflight(asDBA: user, password: try password())
            } catch {
                findings = [Finding(.error, "as \(user)", error.message)]
            }
            await engine.close()
            return findings
        case .mariadb, .mysql:
            return [Finding(.error, "as \(user)", "this version serves postgresql only")]
        }
    }

    private func password() throws(EngineFailure) -> AccountPassword? {
        let environment = ConfigurationEnvironment.current
        if let passwordFile {
            return try PasswordReader(source: .file(passwordFile), environment: environment).password()
        }
        guard environment.variables["PGPASSWORD"]?.isEmpty == false else { return nil }
        return try PasswordReader(source: .environment("PGPASSWORD"), environment: environment).password()
    }
}
