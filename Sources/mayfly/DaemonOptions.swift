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

    @Option(
        help: ArgumentHelp(
            "A file with the job's identity token, read at each call. Default: MAYFLY_TOKEN_FILE, MAYFLY_TOKEN or "
                + "MAYFLY_ID_TOKEN; with MAYFLY_TOKEN_AUDIENCE, GitHub's runner is asked.",
            valueName: "path"), completion: .file())
    var tokenFile: String?

    /// Who the caller is, beside what the kernel says.
    func tokenSource(environment: [String: String] = ProcessInfo.processInfo.environment) -> TokenSource? {
        tokenFile.map(TokenSource.file) ?? TokenSource.environment(environment)
    }

    /// The socket by option, environment, default. An empty variable counts as none.
    func socketPath(environment: [String: String] = ProcessInfo.processInfo.environment) -> String {
        if let socket { return socket }
        if let path = environment["MAYFLY_SOCKET"], !path.isEmpty { return path }
        return MayflyClient.defaultSocket
    }

    /// Lends a client to `body`.
    func withClient<Result: Sendable>(_ body: (MayflyClient) async throws -> Result) async throws -> Result {
        try await MayflyClient.withClient(
            socket: socketPath(), timeout: .seconds(timeout), token: tokenSource(), body)
    }
}
