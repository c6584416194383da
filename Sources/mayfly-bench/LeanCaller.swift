import Foundation
import Glibc
import MayflyAPI

/// The least that can be an HTTP client: one connection, one call at a time, nothing decoded.
///
/// On two cores a client's own work is taken away from the daemon and the server. This one costs a few
/// microseconds a call, so that what is measured is not the load generator; `MayflyClient` is measured beside it.
/// Not `Sendable`: it lives on one thread.
final class LeanCaller {
    struct Reply {
        let status: Int
        let body: ArraySlice<UInt8>

        func contains(_ text: StaticString) -> Bool { LeanCaller.find(text, in: body) != nil }
    }

    private let descriptor: CInt
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)

    init(socket path: String) throws {
        descriptor = Glibc.socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw BenchFailure(system: "socket") }
        let connected = try UnixAddress(path).with { connect(descriptor, $0, $1) }
        guard connected == 0 else { throw BenchFailure(system: "connect \(path)") }
    }

    deinit { close(descriptor) }

    /// What `mayfly request` would send, with an idempotency key as it does.
    static func request(profile: String, ttl: Int) -> [UInt8] {
        post(
            .createRequest, body: #"{"profile":"\#(profile)","ttl_seconds":\#(ttl)}"#,
            headers: "\(MayflyHeader.idempotencyKey): \(UUID().uuidString.lowercased())\r\n")
    }

    static func post(_ route: Route, body: String, headers: String = "") -> [UInt8] {
        Array(
            """
            POST \(route.path) HTTP/1.1\r
            Host: localhost\r
            Content-Type: application/json\r
            Content-Length: \(body.utf8.count)\r
            \(headers)\r
            \(body)
            """.utf8)
    }

    static func get(_ route: Route) -> [UInt8] {
        Array("GET \(route.path) HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
    }

    func call(_ request: [UInt8]) throws -> Reply {
        try send(request)
        var filled = 0
        var end: (body: Int, total: Int)?
        while end == nil || filled < end?.total ?? 0 {
            if filled == buffer.count { buffer += [UInt8](repeating: 0, count: buffer.count) }
            // Neither the buffer nor a request is ever empty, so both have a base address.
            let count = buffer.withUnsafeMutableBytes {
                recv(descriptor, $0.baseAddress! + filled, $0.count - filled, 0)
            }
            guard count > 0 else { throw BenchFailure(count == 0 ? "the daemon hung up" : "recv failed") }
            filled += count
            if end == nil { end = try Self.end(of: buffer[..<filled]) }
        }
        guard let end, let status = Int(String(decoding: buffer[9..<12], as: UTF8.self)) else {
            throw BenchFailure("the reply is not HTTP")
        }
        return Reply(status: status, body: buffer[end.body..<end.total])
    }

    private func send(_ request: [UInt8]) throws {
        var sent = 0
        while sent < request.count {
            let count = request.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress! + sent, $0.count - sent, CInt(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw BenchFailure(system: "send") }
            sent += count
        }
    }

    /// Where the body begins and ends, once the head is there.
    private static func end(of bytes: ArraySlice<UInt8>) throws -> (body: Int, total: Int)? {
        guard let mark = find("\r\n\r\n", in: bytes) else { return nil }
        for line in String(decoding: bytes[..<mark], as: UTF8.self).split(separator: "\r\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2, parts[0].lowercased() == "content-length",
                let length = Int(parts[1].trimmingCharacters(in: .whitespaces))
            {
                return (mark + 4, mark + 4 + length)
            }
        }
        throw BenchFailure("the reply has no length")
    }

    /// memmem(3), which is an extension that Swift's Glibc does not show.
    private static func find(_ text: StaticString, in bytes: ArraySlice<UInt8>) -> Int? {
        let (needle, length) = (text.utf8Start, text.utf8CodeUnitCount)
        return bytes.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress, buffer.count >= length else { return nil }
            return (0...(buffer.count - length)).first {
                buffer[$0] == needle[0] && memcmp(base + $0, needle, length) == 0
            }
        }
    }
}
