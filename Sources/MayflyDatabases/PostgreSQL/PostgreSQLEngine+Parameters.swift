import MayflyCore
import SQLClients

extension PostgreSQLEngine {
    /// How the broker's account connects to `database`.
    ///
    /// - Parameter host: a standby, where read-only is what is expected; else the configured hosts.
    static func parameters(
        _ definition: DatabaseDefinition, database: String, host: String?,
        _ password: @Sendable () throws(EngineFailure) -> AccountPassword?
    ) throws(PostgreSQLError) -> PostgreSQLParameters {
        let secret = try wrapped(password)
        return PostgreSQLParameters(
            hosts: host.map { [$0] } ?? definition.hosts, port: definition.port, database: database,
            user: definition.account.user, password: secret, tls: try tls(definition.tls),
            requiresWritable: host == nil,
            // The server gives up on a statement by itself soon after we have.
            settings: [
                "statement_timeout": String((definition.timeoutSeconds + 5) * 1000), "lock_timeout": "5s",
                // Nothing of a user's is found by a bare name, and types of users are always named with their schema.
                "search_path": "pg_catalog",
            ])
    }

    /// A source of the password, whose failure is one of connecting.
    static func wrapped(
        _ password: @Sendable () throws(EngineFailure) -> AccountPassword?
    ) throws(PostgreSQLError) -> AccountPassword? {
        do throws(EngineFailure) {
            return try password()
        } catch {
            throw .invalidValue(error.message)
        }
    }

    static func tls(_ tls: DatabaseDefinition.TLS) throws(PostgreSQLError) -> PostgreSQLParameters.TLS {
        switch tls.mode {
        case .verifyFull: .verifyFull(ca: try authority(tls))
        case .verifyCA: .verifyCA(ca: try authority(tls))
        case .disable: .disable
        }
    }

    /// libpq before 16 has no word for the system's trust store: its file, where the usual systems have it.
    private static func authority(_ tls: DatabaseDefinition.TLS) throws(PostgreSQLError) -> String {
        if let ca = tls.ca { return ca }
        guard let found = SystemTrustStore.file else {
            throw .invalidValue("no file of certificate authorities; name one as tls.ca")
        }
        return found
    }
}
