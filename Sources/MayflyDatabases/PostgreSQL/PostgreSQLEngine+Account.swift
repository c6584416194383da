package import MayflyCore
import MayflyCrypto
package import SQLClients

extension PostgreSQLEngine: RotatableAccount {
    package func takes(_ password: AccountPassword) async throws(EngineFailure) -> Bool {
        do throws(EngineFailure) {
            let connection = try await connection(as: definition.account.user, password)
            await connection.close()
            return true
        } catch {
            guard error.kind == .notAuthenticated else { throw error }
            return false
        }
    }

    package func setPassword(
        _ new: AccountPassword, by changer: AccountChanger
    ) async throws(EngineFailure) {
        let user = definition.account.user
        let verifier = try new.withBytes { (bytes) throws(EngineFailure) -> Verifier in
            try self.verifier(for: bytes, iterations: SCRAMVerifier.defaultIterations)
        }
        let statement =
            "ALTER ROLE \(try PostgreSQLQuoting.identifier(user)) PASSWORD \(try PostgreSQLQuoting.literal(verifier.text))"
        let connection =
            switch changer {
            case .itself(let password): try await connection(as: user, password)
            case .dba(let dba, let password): try await connection(as: dba, password)
            }
        do throws(PostgreSQLError) {
            _ = try await connection.query(statement, timeout: .seconds(definition.timeoutSeconds))
            await connection.close()
        } catch {
            await connection.close()
            throw EngineFailure(error)
        }
    }

    private func connection(
        as user: String, _ password: AccountPassword?
    ) async throws(EngineFailure) -> PostgreSQLConnection {
        do throws(PostgreSQLError) {
            let parameters = PostgreSQLParameters(
                hosts: definition.hosts, port: definition.port,
                database: direct == nil ? definition.guardDatabase : definition.database,
                user: user, password: password, tls: try Self.tls(definition.tls),
                settings: ["search_path": "pg_catalog"])
            return try await PostgreSQLConnection.connect(
                parameters, timeout: .seconds(definition.timeoutSeconds))
        } catch {
            throw EngineFailure(error)
        }
    }
}
