import ArgumentParser
import Foundation
import MayflyAPI
import MayflyClient

/// How to reach the daemon.
struct DaemonOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The daemon's socket. Default: MAYFLY_SOCKET, else \(MayflyClient.defaultSocket).",
            valueName: "path"), completion: .file())
    var socket: String?

    @Option(
        help: ArgumentHelp("How long a call may take, such as 10s.", valueName: "duration"),
        transform: { try HumanTime.seconds($0) })
    var timeout: Int = 30

    /// The socket by option, environment, default. An empty variable counts as none.
    func socketPath(environment: [String: String] = ProcessInfo.processInfo.environment) -> String {
        if let socket { return socket }
        if let path = environment["MAYFLY_SOCKET"], !path.isEmpty { return path }
        return MayflyClient.defaultSocket
    }

    /// Lends a client to `body`.
    func withClient<Result: Sendable>(_ body: (MayflyClient) async throws -> Result) async throws -> Result {
        try await MayflyClient.withClient(socket: socketPath(), timeout: .seconds(timeout), body)
    }
}
