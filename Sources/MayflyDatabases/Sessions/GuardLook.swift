import Foundation
import MayflyCore

/// What the guard's `watch` answers: one look at one server. Times are seconds since 1970 by the server's clock.
// swift-format-ignore: AlwaysUseLowerCamelCase
struct GuardLook: Decodable {
    struct Seen: Decodable {
        var lease: String
        var number: Int64
        var started: Double?
        var database: String?
        var client_addr: String?
        var client_port: Int?
        /// MariaDB and MySQL: `10.0.0.7:52114`, or `localhost` for a Unix socket.
        var client: String?
        var application: String?
        var state: String?
        var state_since: Double?
        /// MariaDB and MySQL: how long it is in that state.
        var seconds: Double?
        var transaction_since: Double?
        var tls: Bool?
        var tls_version: String?
        var cipher: String?
        /// MySQL, and MariaDB where performance_schema is on: `SSL/TLS`, `TCP/IP`, `Socket`.
        var connection: String?
    }

    var now: Double
    var server_started: Double
    var cut_before: Int64?
    var cut_after: Int64?
    var sessions: [Seen]

    init(now: Double, serverStarted: Double) {
        (self.now, server_started, sessions) = (now, serverStarted, [])
    }

    init(decoding text: String) throws(EngineFailure) {
        do { self = try JSONDecoder().decode(GuardLook.self, from: Data(text.utf8)) } catch {
            throw EngineFailure(.guardUnusable, "the server's answer about sessions was not as expected")
        }
    }

    /// - Parameter ours: our now, where the server does not tell when sessions began: then its own start is told by our clock
    ///   too.
    func server(_ host: String, ours: Date?) -> SeenServer {
        let skew = ours.map { $0.timeIntervalSince1970 - now } ?? 0
        var cuts: ClosedRange<Int64>?
        if let cut_before, let cut_after, cut_before <= cut_after { cuts = cut_before...cut_after }
        return SeenServer(
            host: host, startedAt: Date(timeIntervalSince1970: server_started + skew), cuts: cuts,
            sessions: sessions.compactMap(session))
    }

    private func session(_ seen: Seen) -> SeenSession? {
        guard let lease = LeaseID(rawValue: seen.lease) else { return nil }
        let (address, port) = Self.address(seen)
        return SeenSession(
            lease: lease, number: seen.number, startedAt: seen.started.map(Date.init(timeIntervalSince1970:)),
            client: SessionClient(
                database: seen.database, address: address, port: port, application: seen.application,
                isEncrypted: seen.tls ?? seen.connection.map { $0 == "SSL/TLS" },
                tlsVersion: seen.tls_version,
                cipher: seen.cipher), state: seen.state,
            stateSince: (seen.state_since ?? seen.seconds.map { now - $0 }).map(
                Date.init(timeIntervalSince1970:)),
            transactionSince: seen.transaction_since.map(Date.init(timeIntervalSince1970:)))
    }

    private static func address(_ seen: Seen) -> (String?, Int?) {
        guard let client = seen.client else {
            // -1 is a Unix socket.
            return (seen.client_addr, seen.client_port.flatMap { $0 > 0 ? $0 : nil })
        }
        guard let colon = client.lastIndex(of: ":"), let port = Int(client[client.index(after: colon)...])
        else {
            return (client == "localhost" || client.isEmpty ? nil : client, nil)
        }
        return (String(client[..<colon]).trimmingCharacters(in: ["[", "]"]), port)
    }
}
