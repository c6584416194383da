import Foundation
package import MayflyCore
import MayflyCrypto
package import SQLClients
import Synchronization

/// What the broker asks of a PostgreSQL server, through the guard.
///
///     let engine = PostgreSQLEngine(definition: orders, installation: installation) {
///         try orders.account.password.read()
///     }
package final class PostgreSQLEngine: DatabaseEngine {
    let definition: DatabaseDefinition
    /// In `mode: direct`: what answers in place of the guard.
    let direct: PostgreSQLDirect?
    let installation: Configuration.Installation
    let told = ToldSessions()
    /// The guard was found to be of another version when the server was last asked: nothing is issued through it.
    let guardMismatch = Mutex<EngineFailure?>(nil)
    /// As it was when the server was last asked.
    let guardVersion = Mutex<Int?>(nil)
    private let password: @Sendable () throws(EngineFailure) -> AccountPassword?
    /// To the guard's database, or without a guard to that of login roles.
    let guardPool: PostgreSQLPool
    let caller: PostgreSQLCaller
    /// To each database with the clean-up module, by name: opened when something hangs there.
    let cleanupPools: [String: PostgreSQLPool]
    /// To the database that leases are narrowed in.
    let narrowingPool: PostgreSQLPool
    /// To the guard's database on each standby, by host.
    let replicas: Replicas<PostgreSQLDialect>

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
            ? PostgreSQLDirect(
                definition: definition, installation: installation,
                register: DirectRegister(ceilings: definition.ceilings)) : nil
        self.direct = direct
        let timeout = Duration.seconds(definition.timeoutSeconds)
        func pool(_ size: Int, _ database: String, host: String? = nil) -> PostgreSQLPool {
            PostgreSQLPool(size: size, keepsFull: size > 1) { () throws(PostgreSQLError) in
                do throws(PostgreSQLError) {
                    let parameters = try Self.parameters(
                        definition, database: database, host: host, password)
                    return try await PostgreSQLConnection.connect(parameters, timeout: timeout)
                } catch  where EngineFailure(error).kind == .notAuthenticated {
                    guard let next = try Self.wrapped(nextPassword) else { throw error }
                    let parameters = try Self.parameters(definition, database: database, host: host) { next }
                    return try await PostgreSQLConnection.connect(parameters, timeout: timeout)
                }
            }
        }
        let home = direct == nil ? definition.guardDatabase : definition.database
        guardPool = pool(max(2, definition.connections), home)
        caller = PostgreSQLCaller(pool: guardPool, direct: direct, told: told)
        cleanupPools = Dictionary(
            uniqueKeysWithValues: PostgreSQLGuard.cleanupDatabases(of: definition).map { ($0, pool(1, $0)) })
        narrowingPool = pool(1, definition.database)
        replicas = Replicas(
            pools: Dictionary(
                definition.replicas.map { ($0, pool(1, home, host: $0)) },
                uniquingKeysWith: { first, _ in first }), direct: direct, told: told)
    }

    /// A moment by which a call is over.
    var deadline: ContinuousClock.Instant { .now + .seconds(definition.timeoutSeconds) }

    package func verifier(
        for password: UnsafeRawBufferPointer, iterations: Int
    ) throws(EngineFailure) -> Verifier {
        do throws(CryptoFailure) {
            return Verifier(try SCRAMVerifier(password: password, iterations: iterations).text)
        } catch {
            throw EngineFailure(.invalid, error.description)
        }
    }

    package func consult(_ register: any RoleRegister) { direct?.register.consult(register) }

    package func close() async {
        await guardPool.close()
        for pool in cleanupPools.values { await pool.close() }
        await narrowingPool.close()
        await replicas.close()
    }

    /// Runs `body` to its end whatever becomes of the caller's task: a call that was begun is finished or found out
    /// about. Its deadlines bound it.
    func shielded<R: Sendable>(_ body: @escaping @Sendable () async -> R) async -> R {
        await Task { await body() }.value
    }

    static func date(_ row: PostgreSQLRow) throws(PostgreSQLError) -> Date {
        Date(timeIntervalSince1970: try row.double("valid_until_epoch"))
    }
}
