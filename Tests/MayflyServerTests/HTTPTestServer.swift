import Foundation
import Logging
import MayflyCore
import MayflyServer
import MayflyTesting
import ServiceLifecycle

/// The real server on a real socket, in a directory of its own.
struct HTTPTestServer {
    let socket: String
    let broker: HTTPFakeBroker
    let group: ServiceGroup

    func end() async { await group.triggerGracefulShutdown() }

    func connect() throws -> HTTPRawConnection { try HTTPRawConnection(socket) }

    func call(
        _ method: String, _ target: String, headers: [String] = ["Host: localhost"], body: String? = nil
    ) async throws -> HTTPReply {
        try await connect().call(method, target, headers: headers, body: body)
    }

    static func listen(_ socket: String, group: String? = nil, mode: UInt32 = 0o600)
        -> Configuration.Listen
    { .init(socket: socket, group: group, mode: mode) }

    static func withDirectory<T>(_ body: (String) async throws -> T) async throws -> T {
        let directory = FileManager.default.temporaryDirectory.appending(
            path: "mf-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(
            at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        let result: T
        do {
            result = try await body(directory.path)
        } catch {
            try FileManager.default.removeItem(at: directory)
            throw error
        }
        try FileManager.default.removeItem(at: directory)
        return result
    }

    static func run(
        mode: UInt32 = 0o600, broker: HTTPFakeBroker = .init(), limits: HTTPLimits = .init(),
        names: NameService = .system, nameLimits: IdentityDirectory.Limits = .init(),
        _ body: @escaping @Sendable (HTTPTestServer) async throws -> Void
    ) async throws {
        try await withDirectory { directory in
            try await run(
                on: SocketPath(listen(directory + "/m.sock", mode: mode)), broker: broker, limits: limits,
                names: names, nameLimits: nameLimits, body)
        }
    }

    static func run(
        on path: SocketPath, broker: HTTPFakeBroker = .init(), limits: HTTPLimits = .init(),
        names: NameService = .system, nameLimits: IdentityDirectory.Limits = .init(),
        _ body: @escaping @Sendable (HTTPTestServer) async throws -> Void
    ) async throws {
        let (ready, signal) = AsyncStream.makeStream(of: Void.self)
        var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        logger.logLevel = .critical
        let server = MayflyHTTPServer(
            socket: path, broker: broker, directory: IdentityDirectory(names: names, limits: nameLimits),
            limits: limits, logger: logger, onReady: { signal.finish() })
        let group = ServiceGroup(configuration: .init(services: [server], logger: logger))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { signal.finish() }
                try await group.run()
            }
            for await _ in ready {}
            let outcome: Result<Void, any Error>
            do {
                outcome = .success(
                    try await body(HTTPTestServer(socket: path.path, broker: broker, group: group)))
            } catch { outcome = .failure(error) }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            try outcome.get()
        }
    }
}
