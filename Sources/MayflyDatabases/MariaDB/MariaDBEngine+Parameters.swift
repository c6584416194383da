import Foundation
import MayflyCore
import SQLClients

extension MariaDBEngine {
    /// How the broker's account connects.
    ///
    /// - Parameter host: a replica, where read-only is what is expected; else the configured hosts.
    static func parameters(
        _ definition: DatabaseDefinition, host: String? = nil,
        _ password: @Sendable () throws(EngineFailure) -> AccountPassword?
    ) throws(MariaDBError) -> MariaDBParameters {
        let secret = try wrapped(password)
        return MariaDBParameters(
            hosts: host.map { [$0] } ?? definition.hosts, port: definition.port,
            user: definition.account.user, password: secret, tls: try tls(definition.tls),
            requiresWritable: host == nil,
            // The server gives up on a statement by itself soon after we have.
            statementTimeout: .seconds(definition.timeoutSeconds + 5))
    }

    /// A source of the password, whose failure is one of connecting.
    static func wrapped(
        _ password: @Sendable () throws(EngineFailure) -> AccountPassword?
    ) throws(MariaDBError) -> AccountPassword? {
        do throws(EngineFailure) {
            return try password()
        } catch {
            throw .invalidValue(error.message)
        }
    }

    static func tls(_ tls: DatabaseDefinition.TLS) throws(MariaDBError) -> ServerTLS {
        switch tls.mode {
        case .verifyFull: .verifyFull(ca: try authority(tls))
        case .verifyCA: .verifyCA(ca: try authority(tls))
        case .disable: .disable
        }
    }

    private static func authority(_ tls: DatabaseDefinition.TLS) throws(MariaDBError) -> String {
        if let ca = tls.ca { return ca }
        guard let found = SystemTrustStore.file else {
            throw .invalidValue("no file of certificate authorities; name one as tls.ca")
        }
        return found
    }
}
