import Foundation
import MayflyAPI
import MayflyCore
import MayflyCrypto

/// A fresh password and what the server keeps of it. The password lives here and in the reply, nowhere else.
struct NewSecret: ~Copyable {
    private let password: Password
    let verifier: Verifier

    /// - Parameter iterations: SCRAM's, where the engine has them.
    init(iterations: Int, engine: any DatabaseEngine) throws(Refusal) {
        let password = try Self.password()
        verifier = try Self.verifier(of: password, iterations, engine)
        self.password = password
    }

    private static func password() throws(Refusal) -> Password {
        do { return try Password.random() } catch {
            throw Refusal(.internal, "no password could be made: \(error)")
        }
    }

    private static func verifier(
        of password: borrowing Password, _ iterations: Int, _ engine: any DatabaseEngine
    ) throws(Refusal) -> Verifier {
        do {
            return try password.withUTF8 { bytes throws(EngineFailure) in
                try engine.verifier(for: bytes, iterations: iterations)
            }
        } catch { throw Refusal(.internal, "no verifier could be made: \(error)") }
    }

    /// The reply's credential: the one place where the password becomes a `String`.
    func credential(of lease: MayflyCore.Lease, at database: DatabaseDefinition) -> Credential {
        let endpoint = database.endpoint
        return Credential(
            engine: .init(rawValue: lease.engine.rawValue), host: endpoint.host, port: endpoint.port,
            database: database.database, username: lease.role.rawValue, password: password.makeReplyString(),
            tls: CredentialTLS(mode: .init(rawValue: database.tls.mode.rawValue), ca: database.tls.ca),
            validUntil: lease.expiresAt)
    }
}
