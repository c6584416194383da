import Foundation
import Glibc
import Logging
import MayflyAPI
import MayflyCore
import MayflyServer
import MayflyStore
import MayflyTokens
import SQLClients
import ServiceLifecycle
import UnixSignals

/// The daemon, from its configuration to its end.
///
/// The order of the start: nothing can be read of us; the configuration is whole; the state is ours alone; what
/// a former life left is being settled; and only then the socket takes requests. It stops the other way round.
enum Daemon {
    static func run(configurationPath path: String) async throws {
        try ProcessHardening.apply()
        // While there is one thread: PG* and MYSQL_* variables of whoever started us are not for our connections.
        LibpqEnvironment.clear()
        LibmariadbLibrary.clear()
        let configuration = try ConfigurationFile.load(path: path, environment: .current).configuration
        let manager = ServiceManager(environment: ProcessInfo.processInfo.environment)
        let logger = makeLogger()
        let lock = try FileLock(configuration.statePath + ".lock", holds: "this state")
        let socket = try SocketPath(configuration.listen)
        let store = try SQLiteStore(path: configuration.statePath)
        let timekeeper = Timekeeper.system()
        let directory = IdentityDirectory(timekeeper: timekeeper)
        let condition = TrailCondition()
        let broker = Broker(
            configuration: configuration, store: store, timekeeper: timekeeper,
            version: MayflyVersion.current,
            logger: logger, tokens: SignatureVerifier(fetch: HTTPSKeys.fetch(_:ca:)),
            directory: directory,
            sealingKey: { try KeyFile.read($0.keyFile, uid: geteuid()) },
            makeEngine: { EngineFactory.engine(for: $0, installation: $1) },
            makeCourier: { CourierFactory.courier(for: $0, timekeeper: timekeeper) },
            makeSink: { [installation = configuration.installation.name] exporter in
                SinkFactory.sink(for: exporter, installation: installation, timekeeper: timekeeper)
            }, trailCondition: condition)
        let keeper = CheckpointKeeper(
            store: store,
            keys: CheckpointKeyFile(
                path: configuration.audit.keyFile(besideState: configuration.statePath), uid: geteuid()),
            installation: configuration.installation.name, timekeeper: timekeeper, logger: logger,
            condition: condition,
            terms: { broker.configuration.audit })
        let server = MayflyHTTPServer(
            socket: socket, broker: broker, directory: directory, refusals: broker.refusals,
            timekeeper: timekeeper, logger: logger,
            seal: { await keeper.seal() },
            onReady: { manager.ready() })
        try await broker.start()
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    // Ends after what comes behind it: the last checkpoint covers the record of the stop.
                    .init(service: keeper),
                    .init(service: AuditIndexer(store: store, timekeeper: timekeeper, logger: logger)),
                    .init(service: broker),
                    .init(service: Reloader(path: path, broker: broker, manager: manager)),
                    .init(service: server),
                ],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        let result = await Result(catching: { try await group.run() })
        manager.stopping()
        await store.close()
        withExtendedLifetime(lock) {}
        try result.get()
    }

    private static func makeLogger() -> Logger {
        let onTerminal = isatty(STDERR_FILENO) == 1
        var logger = Logger(label: "mayflyd") { label in
            if onTerminal { StreamLogHandler.standardError(label: label) } else { JSONLogHandler() }
        }
        if let name = ProcessInfo.processInfo.environment["MAYFLY_LOG_LEVEL"],
            let level = Logger.Level(rawValue: name)
        {
            logger.logLevel = level
        }
        return logger
    }
}

extension Result where Failure == any Error {
    fileprivate init(catching work: () async throws -> Success) async {
        do { self = .success(try await work()) } catch { self = .failure(error) }
    }
}
