package import MayflyCore
import MayflyCrypto
package import SQLClients

extension MariaDBEngine: RotatableAccount {
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
        let account = try MariaDBQuoting.account(user, host: definition.accountHost)
        let connection: MariaDBConnection
        // MariaDB lets an account change its own password, as a hash too, and CREATE USER is for all others.
        let target: String
        switch changer {
        case .itself(let password):
            guard !isMySQL else {
                throw EngineFailure(
                    .invalid, "MySQL takes a password of one's own in plain text only, which we never send",
                    hint: "give --as-dba: a DBA's account may set it as a hash")
            }
            connection = try await self.connection(as: user, password)
            target = ""
        case .dba(let dba, let password):
            connection = try await self.connection(as: dba, password)
            target = " FOR \(account)"
        }
        do throws(EngineFailure) {
            let statement: String
            if isMySQL {
                let hash = try Self.hash(new) { (bytes) throws(CryptoFailure) in
                    try CachingSHA2Hash(password: bytes).text
                }
                statement =
                    "ALTER USER \(account) IDENTIFIED WITH caching_sha2_password AS \(try MariaDBQuoting.literal(hash))"
            } else {
                let isEd25519 = try await usesEd25519(connection, target)
                let hash = try Self.hash(new) { (bytes) throws(CryptoFailure) in
                    isEd25519
                        ? try MariaDBEd25519Key(password: bytes).text
                        : try MySQLNativeHash(password: bytes).text
                }
                statement = "SET PASSWORD\(target) = \(try MariaDBQuoting.literal(hash))"
            }
            try await Self.run(statement, on: connection)
            await connection.close()
        } catch {
            await connection.close()
            throw error
        }
    }

    /// Which method the account has stays as it is.
    private func usesEd25519(
        _ connection: MariaDBConnection, _ target: String
    ) async throws(EngineFailure) -> Bool {
        do throws(MariaDBError) {
            let rows = try await connection.query("SHOW CREATE USER\(target.replacing(" FOR", with: ""))")
            return rows.first?.values.first??.contains(" VIA ed25519 ") == true
        } catch {
            throw EngineFailure(error)
        }
    }

    private static func hash(
        _ password: AccountPassword, _ body: (UnsafeRawBufferPointer) throws(CryptoFailure) -> String
    ) throws(EngineFailure) -> String {
        do throws(CryptoFailure) {
            return try password.withBytes(body)
        } catch {
            throw EngineFailure(.invalid, error.description)
        }
    }

    private static func run(
        _ statement: String, on connection: MariaDBConnection
    ) async throws(EngineFailure) {
        do throws(MariaDBError) {
            _ = try await connection.query(statement)
        } catch {
            throw EngineFailure(error)
        }
    }

    private func connection(
        as user: String, _ password: AccountPassword?
    ) async throws(EngineFailure) -> MariaDBConnection {
        do throws(MariaDBError) {
            let parameters = MariaDBParameters(
                hosts: definition.hosts, port: definition.port, user: user, password: password,
                tls: try Self.tls(definition.tls))
            return try await MariaDBConnection.connect(
                parameters, timeout: .seconds(definition.timeoutSeconds))
        } catch {
            throw EngineFailure(error)
        }
    }
}
