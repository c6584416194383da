import Foundation
package import MayflyCore
import MayflyCrypto
package import SQLClients
import Synchronization

/// What the broker asks of a MariaDB or MySQL server, through the guard.
///
///     let engine = MariaDBEngine(definition: orders, installation: installation) {
///         try orders.account.password.read()
///     }
///
/// Statements about accounts are done one after the other by the server, whatever the connections: one of ours makes,
/// locks and drops, in batches; the others ask, and end sessions.
package final class MariaDBEngine: DatabaseEngine {
    let definition: DatabaseDefinition
    /// In `mode: direct`: what answers in place of the guard.
    let direct: MariaDBDirect?
    let installation: Configuration.Installation
    let told = ToldSessions()
    private let password: @Sendable () throws(EngineFailure) -> AccountPassword?
    /// One connection.
    let writers: MariaDBPool
    let askers: MariaDBPool
    /// Makes, locks and drops.
    let writer: MariaDBCaller
    /// Asks, and ends sessions.
    let asker: MariaDBCaller
    let replicas: Replicas<MariaDBDialect>
    /// The guard was found to be of another version when the server was last asked: nothing is issued through it.
    let guardMismatch = Mutex<EngineFailure?>(nil)

    /// - Parameters:
    ///   - nextPassword: what a rotation under way may have set already: tried when the server refuses the other.
    ///   - password: of the broker's account; asked at each connect, so that it can be rotated.
    package init(
        definition: DatabaseDefinition, installation: Configuration.Installation,
        nextPassword: @escaping @Sendable () throws(EngineFailure) -> AccountPassword? = { nil },
        password: @escaping @Sendable () throws(EngineFailure) -> AccountPassword?
    ) {
        self.definition = definition
        self.installation = installation
        self.password = password
        let direct =
            definition.mode == .direct
            ? MariaDBDirect(
                definition: definition, installation: installation,
                register: DirectRegister(ceilings: definition.ceilings)) : nil
        self.direct = direct
        let timeout = Duration.seconds(definition.timeoutSeconds)
        func pool(_ size: Int, keepsFull: Bool, host: String? = nil) -> MariaDBPool {
            MariaDBPool(size: size, keepsFull: keepsFull) { () throws(MariaDBError) in
                do throws(MariaDBError) {
                    let parameters = try Self.parameters(definition, host: host, password)
                    return try await MariaDBConnection.connect(parameters, timeout: timeout)
                } catch  where EngineFailure(error).kind == .notAuthenticated {
                    guard let next = try Self.wrapped(nextPassword) else { throw error }
                    let parameters = try Self.parameters(definition, host: host) { next }
                    return try await MariaDBConnection.connect(parameters, timeout: timeout)
                }
            }
        }
        writers = pool(1, keepsFull: true)
        askers = pool(max(2, definition.connections - 1), keepsFull: true)
        writer = MariaDBCaller(pool: writers, endingOn: askers, direct: direct)
        asker = MariaDBCaller(pool: askers, direct: direct, told: told)
        replicas = Replicas(
            pools: Dictionary(
                definition.replicas.map { ($0, pool(1, keepsFull: false, host: $0)) },
                uniquingKeysWith: { first, _ in first }), direct: direct, told: told)
    }

    var isMySQL: Bool { definition.engine == .mysql }

    /// A moment by which a call is over.
    var deadline: ContinuousClock.Instant { .now + .seconds(definition.timeoutSeconds) }

    /// - Parameter iterations: of SCRAM; the hashes of MariaDB and MySQL have a number of their own.
    package func verifier(
        for password: UnsafeRawBufferPointer, iterations: Int
    ) throws(EngineFailure) -> Verifier {
        do throws(CryptoFailure) {
            if isMySQL { return Verifier(try CachingSHA2Hash(password: password).text) }
            return switch definition.madeAccounts.authentication {
            case .native: Verifier(try MySQLNativeHash(password: password).text)
            case .ed25519: Verifier(try MariaDBEd25519Key(password: password).text)
            }
        } catch {
            throw EngineFailure(.invalid, error.description)
        }
    }

    package func consult(_ register: any RoleRegister) { direct?.register.consult(register) }

    package func close() async {
        await writers.close()
        await askers.close()
        await replicas.close()
    }

    /// Runs `body` to its end whatever becomes of the caller's task: a call that was begun is finished or found out
    /// about. Its deadlines bound it.
    func shielded<R: Sendable>(_ body: @escaping @Sendable () async -> R) async -> R {
        await Task { await body() }.value
    }

    static func date(_ row: MariaDBRow) throws(MariaDBError) -> Date {
        Date(timeIntervalSince1970: try row.double("valid_until"))
    }

    /// One question that changes nothing.
    func ask(
        _ statement: String, _ values: [String?] = [], on pool: MariaDBPool? = nil
    ) async throws(EngineFailure) -> MariaDBRows {
        let deadline = deadline
        for attempt in 0... {
            do throws(MariaDBError) {
                return try await (pool ?? askers).withConnection(.ending, by: deadline) {
                    (connection) throws(MariaDBError) in
                    let left = ContinuousClock.now.duration(to: deadline)
                    guard left > .zero else { throw .noConnection }
                    return try await connection.query(statement, values, timeout: left)
                }
            } catch {
                // It changes nothing, so asking again on a new connection is safe, and no answer is no answer.
                switch error {
                case .closed where attempt == 0, .connectionLost where attempt == 0: continue
                case .connectionLost, .timedOut, .cancelled:
                    throw EngineFailure(.unreachable, error.description)
                case .closed, .cannotConnect, .server, .invalidValue, .unexpectedAnswer:
                    throw EngineFailure(error)
                }
            }
        }
        throw EngineFailure(.unreachable, "the connection was lost again and again")
    }
}

extension Verifier {
    /// The authentication plugin whose hash it is, by its form.
    var plugin: String {
        if text.hasPrefix("*") { return "mysql_native_password" }
        return text.hasPrefix("$A$") ? "caching_sha2_password" : "ed25519"
    }
}
