import Glibc
import HummingbirdCore
package import Logging
package import MayflyCore
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization

/// Serves the API on the Unix socket until it is told to end.
///
/// When that happens it takes no new connection, lets calls in flight finish within `limits.drain`, ends the audit
/// streams, and removes its socket.
package struct MayflyHTTPServer: Service {
    private let socket: SocketPath
    private let setup: ConnectionSetup
    private let limits: HTTPLimits
    private let timekeeper: Timekeeper
    private let logger: Logger
    private let onReady: @Sendable () async -> Void

    /// - Parameters:
    ///   - socket: taken before anything else is started, so that a second daemon ends there.
    ///   - onReady: called once callers can connect.
    package init(
        socket: SocketPath, broker: any BrokerService, directory: IdentityDirectory = .init(),
        limits: HTTPLimits = .init(), refusals: RefusalLimiter = .init(), timekeeper: Timekeeper = .system(),
        logger: Logger, seal: @escaping @Sendable () async -> Int64? = { nil },
        onReady: @escaping @Sendable () async -> Void = {}
    ) {
        self.socket = socket
        self.limits = limits
        self.timekeeper = timekeeper
        self.logger = logger
        self.onReady = onReady
        let dispatcher = Dispatcher(
            broker: broker, directory: directory,
            routes: Routes(
                timekeeper: timekeeper, streams: .streams(limits), directory: directory, seal: seal),
            limits: limits, timekeeper: timekeeper, logger: logger, refusals: refusals,
            calls: .calls(limits))
        setup = ConnectionSetup(
            limits: limits,
            ledger: .init(limits, total: Descriptors.connections(atMost: limits.connections)),
            respond: { try await dispatcher.respond(to: $0, on: $1) })
    }

    package func run() async throws {
        let failed = Mutex<SocketFailure?>(nil)
        var quiet = logger
        // What Hummingbird says at start names the private path, which is nobody's business.
        quiet.logLevel = max(logger.logLevel, .warning)
        let server = setup.server(
            configuration: ServerConfiguration(address: .unixDomainSocket(path: socket.privatePath)),
            onServerRunning: { channel in
                do throws(SocketFailure) {
                    try socket.publish()
                    logger.info("listening", metadata: ["socket": "\(socket.path)"])
                    await onReady()
                } catch {
                    failed.withLock { $0 = error }
                    channel.close(promise: nil)
                }
            },
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: quiet)
        defer { socket.withdraw() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            group.addTask { try await cutWhenDrained() }
            // The server's end is ours; the other task ends with it.
            try await group.next()
            group.cancelAll()
        }
        if let failure = failed.withLock({ $0 }) { throw failure }
    }

    /// Waits for the daemon's end, and then cuts what has not finished in time.
    private func cutWhenDrained() async throws {
        // Throws when the server has ended before.
        do { try await gracefulShutdown() } catch { return }
        do { try await timekeeper.sleep(for: limits.drain) } catch { return }
        logger.warning("calls cut at the daemon's end", metadata: ["connections": "\(setup.ledger.count)"])
        setup.ledger.closeAll()
    }
}
