import Foundation
import Glibc

/// A client that says exactly what it is told to, also what no HTTP library would say.
///
/// Calls block, so they run on threads of their own: the tests' own threads serve the server's tasks.
package final class HTTPRawConnection: Sendable {
    package struct Failure: Error {
        package let what: String
        package let errno: Int32
    }

    private let descriptor: Int32

    package init(_ path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(what: "socket", errno: errno) }
        let connected = UnixAddress.with(path) { [descriptor] in connect(descriptor, $0, $1) }
        // What is whole by now is ended by deinit, also when this throws: closed twice, it would be another's the second time.
        guard connected == 0 else { throw Failure(what: "connect", errno: errno) }
    }

    deinit { close(descriptor) }

    package func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    package func send(_ bytes: [UInt8]) async throws {
        try await Self.onThread { [descriptor] in
            var rest = bytes[...]
            while !rest.isEmpty {
                let sent = rest.withUnsafeBytes {
                    Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard sent > 0 else { throw Failure(what: "send", errno: errno) }
                rest = rest.dropFirst(sent)
            }
        }
    }

    /// What comes next; nil at the end. Throws after `seconds` without anything.
    package func receive(within seconds: Double = 60) async throws -> [UInt8]? {
        try await Self.onThread { [descriptor] in
            var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&poller, 1, Int32(seconds * 1000)) > 0 else {
                throw Failure(what: "nothing came in time", errno: ETIMEDOUT)
            }
            var buffer = [UInt8](repeating: 0, count: 65_536)
            let count = recv(descriptor, &buffer, buffer.count, 0)
            // A connection that was closed with bytes unread is an end, too.
            if count == 0 || (count < 0 && errno == ECONNRESET) { return nil }
            guard count > 0 else { throw Failure(what: "recv", errno: errno) }
            return Array(buffer.prefix(count))
        }
    }

    /// One whole reply, by its Content-Length.
    package func reply() async throws -> HTTPReply {
        var bytes: [UInt8] = []
        while true {
            if let reply = HTTPReply(bytes) { return reply }
            guard let more = try await receive() else {
                throw Failure(what: "closed after \(String(decoding: bytes, as: UTF8.self))", errno: 0)
            }
            bytes += more
        }
    }

    /// Everything until the server closes.
    package func untilClosed() async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let more = try await receive() { bytes += more }
        return bytes
    }

    package func call(
        _ method: String, _ target: String, headers: [String] = ["Host: localhost"], body: String? = nil
    ) async throws -> HTTPReply {
        var lines = ["\(method) \(target) HTTP/1.1"] + headers
        if let body { lines += ["Content-Type: application/json", "Content-Length: \(body.utf8.count)"] }
        try await send(lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? ""))
        return try await reply()
    }

    private static func onThread<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result(catching: work)) }
        }
    }
}
