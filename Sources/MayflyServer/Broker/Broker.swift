import Foundation
package import Logging
package import MayflyCore
import MayflyCrypto
import Synchronization

/// The use cases: what identities may do with requests and leases, on the configuration in force.
///
/// Requests go `Policy` → `Store.admit` (the intent) → `Issuer` (the server, then `active` on record) → reply.
/// Who asks is known from the kernel before anything here is called.
package final class Broker: Sendable {
    struct State {
        var configuration: Configuration
        var databases: [DatabaseName: AdministeredDatabase] = [:]
        /// What second factors are sealed with; nil where there are none.
        var sealingKey: SealingKey?
        var running: [DatabaseName: Task<Void, Never>] = [:]
        /// Those of databases that a reload replaced; they carry what they have in hand to its end.
        var former: [Task<Void, Never>] = []
        var tetherKeeper: Task<Void, Never>?
        var requestKeeper: Task<Void, Never>?
        var lockdownKeeper: Task<Void, Never>?
        var reviewKeeper: Task<Void, Never>?
        /// Those in force when that was last read: for what is said. What is done, the store looks at anew.
        var lockdowns: [Lockdown] = []
        /// How often one was put in force or ended here: what was read before that is old.
        var lockdownMoves = 0
        var isAccepting = true
        /// Whether the record could be written when that was last tried.
        var lastWriteCheck: (at: Date, failure: StoreError?)?
    }

    let store: any Store
    let timekeeper: Timekeeper
    let logger: Logger
    let startedAt: Date
    let version: String
    let makeEngine: EngineFactory
    let sealingKey: SealingKeySource
    let state: Mutex<State>
    let tethers: Tethers
    /// Shared with the routes, so that a person's refusals have one measure.
    package let refusals = RefusalLimiter()
    /// How often somebody may begin an enrolment anew.
    let enrolments = RefusalLimiter()
    let turns = Turns()
    let outbox: Outbox
    let exporterFeeds: ExporterFeeds
    let trailCondition: TrailCondition
    let tokens: any TokenVerifier
    /// Who somebody is by now.
    let directory: IdentityDirectory

    package typealias EngineFactory =
        @Sendable (DatabaseDefinition, Configuration.Installation) throws -> any DatabaseEngine

    package init(
        configuration: Configuration, store: any Store, timekeeper: Timekeeper, version: String,
        logger: Logger, tokens: any TokenVerifier = BelievesNothing(),
        directory: IdentityDirectory = .init(),
        sealingKey: @escaping SealingKeySource = { _ in
            throw StoreError.other("there is nobody who reads key files")
        },
        makeEngine: @escaping EngineFactory, makeCourier: @escaping CourierFactory = { _ in NoCourier() },
        makeSink: @escaping @Sendable (AuditExporter) -> any AuditSink = { _ in NoSink() },
        trailCondition: TrailCondition = TrailCondition(),
        random: @escaping @Sendable () -> Double = { .random(in: 0..<1) }
    ) {
        self.store = store
        self.timekeeper = timekeeper
        self.version = version
        self.logger = logger
        self.makeEngine = makeEngine
        self.sealingKey = sealingKey
        self.tokens = tokens
        self.directory = directory
        self.trailCondition = trailCondition
        startedAt = timekeeper.now()
        tethers = Tethers(now: timekeeper.now)
        outbox = Outbox(
            store: store, timekeeper: timekeeper, logger: logger, makeCourier: makeCourier, random: random)
        exporterFeeds = ExporterFeeds(
            store: store, timekeeper: timekeeper, logger: logger, makeSink: makeSink, random: random)
        state = Mutex(State(configuration: configuration))
    }

    package var configuration: Configuration { state.withLock { $0.configuration } }
    var databases: [DatabaseName: AdministeredDatabase] { state.withLock { $0.databases } }

    package var watches: [DatabaseName: SessionWatch] { databases.mapValues(\.sessions) }

    var lockdowns: [Lockdown] { state.withLock { $0.lockdowns } }

    /// The name under which this broker claims leases: one state has one broker, which a lock on the state makes
    /// sure of, so a former life's claims are ours.
    var owner: String { "broker" }

    func isAuditor(_ identity: Identity) -> Bool {
        let configuration = configuration
        return (configuration.auditors + configuration.administrators).contains { $0.matches(identity) }
    }

    func isAdministrator(_ identity: Identity) -> Bool {
        configuration.administrators.contains { $0.matches(identity) }
    }

    /// Runs a read or write of the state, saying its failure as a refusal.
    func stored<T>(_ work: () async throws(StoreError) -> T) async throws(Refusal) -> T {
        do { return try await work() } catch {
            logger.error("state failed", metadata: ["error": "\(error)"])
            throw Refusal(error)
        }
    }
}
