import AsyncHTTPClient
import Foundation
public import MayflyAPI

/// Talks to `mayflyd` over its Unix socket.
///
/// ```swift
/// try await MayflyClient.withClient { client in
///     let reply = try await client.request(CreateRequest(profile: "orders-read", ttlSeconds: 1800))
///     print(reply.credential?.username ?? "none")
/// }
/// ```
///
/// Who calls is read by the daemon from the kernel; there is nothing to log in with. A job may send along a token that
/// says who it is (`TokenSource`). Every call ends within
/// `timeout` and throws `MayflyError`.
public final class MayflyClient: Sendable {
    /// Where the daemon listens unless configured otherwise.
    public static let defaultSocket = "/run/mayfly/mayfly.sock"

    let transport: Transport

    /// - Parameters:
    ///   - socket: the path of the daemon's socket.
    ///   - timeout: how long one call may take in all.
    ///   - token: who the caller is beside what the kernel says; nil for that alone.
    ///
    /// End it with `shutdown()`, or use `withClient`.
    public init(
        socket: String = defaultSocket, timeout: Duration = .seconds(30), token: TokenSource? = nil
    ) {
        transport = Transport(socket: socket, timeout: timeout, token: token)
    }

    /// Closes the connections. No call may follow.
    public func shutdown() async {
        await transport.shutdown()
    }

    /// Lends a client to `body` and closes it afterwards.
    public static func withClient<Result: Sendable>(
        socket: String = defaultSocket, timeout: Duration = .seconds(30), token: TokenSource? = nil,
        _ body: (MayflyClient) async throws -> Result
    ) async throws -> Result {
        let client = MayflyClient(socket: socket, timeout: timeout, token: token)
        do {
            let result = try await body(client)
            await client.shutdown()
            return result
        } catch {
            await client.shutdown()
            throw error
        }
    }

    /// Who the daemon takes the caller for.
    public func whoAmI() async throws(MayflyError) -> WhoAmI {
        try await transport.call(.whoAmI)
    }

    /// What the caller may ask for.
    public func profiles() async throws(MayflyError) -> [ProfileSummary] {
        let list: ProfileList = try await transport.call(.profiles)
        return list.profiles
    }

    /// How every database is.
    public func databases() async throws(MayflyError) -> [DatabaseStatus] {
        let list: DatabaseList = try await transport.call(.databases)
        return list.databases
    }

    /// How every target of notifications is. For auditors and administrators.
    public func notificationTargets() async throws(MayflyError) -> [NotificationTargetStatus] {
        let list: NotificationTargetList = try await transport.call(.notificationTargets)
        return list.targets
    }

    /// How the daemon is. Also answered, with `failing`, while it gives out no leases.
    public func health() async throws(MayflyError) -> Health {
        try await transport.call(.health, alsoAccept: 503)
    }

    /// The metrics, in Prometheus' text format.
    public func metrics() async throws(MayflyError) -> String {
        let body = try await transport.exchange(.metrics).body
        return String(decoding: body, as: UTF8.self)
    }

    /// The OpenAPI document, as JSON.
    public func openAPI() async throws(MayflyError) -> [UInt8] {
        try await transport.exchange(.openAPI).body
    }
}
