import Foundation
import Glibc
import MayflyTesting
import Synchronization

/// Something that listens on a Unix socket and is no mayflyd: it takes one request a connection, keeps it, and
/// does what its script says. For what the real daemon never does: losing replies, babbling, hanging.
final class Peer: Sendable {
    enum Act: Sendable {
        case answer(String)
        /// Reads the request and hangs up without an answer.
        case hangUp
        /// Never answers.
        case hang
    }

    let path: String
    private let listener: Int32
    private let seen = Mutex<[String]>([])

    /// The requests as they came, heads and bodies.
    var requests: [String] { seen.withLock { $0 } }

    /// - Parameter script: an act for each connection; the last one is for all that follow.
    init(_ script: [Act]) throws {
        path =
            FileManager.default.temporaryDirectory.appending(path: "mf-\(UUID().uuidString.prefix(8)).sock")
            .path
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        let bound = UnixAddress.with(path) { [listener] in bind(listener, $0, $1) }
        guard bound == 0, listen(listener, 16) == 0 else { throw POSIXError(.EADDRINUSE) }
        let thread = Thread { [self] in
            var number = 0
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else {
                    // Closed here and not in `stop`: the number could belong to somebody else by now.
                    close(listener)
                    return
                }
                act(script[min(number, script.count - 1)], connection)
                number += 1
            }
        }
        thread.start()
    }

    func stop() {
        Glibc.shutdown(listener, Int32(SHUT_RDWR))
        unlink(path)
    }

    private func act(_ act: Act, _ connection: Int32) {
        let request = read(connection)
        seen.withLock { $0.append(request) }
        switch act {
        case .answer(let text):
            let bytes = Array(text.utf8)
            var sent = 0
            while sent < bytes.count {
                let count = bytes.withUnsafeBytes {
                    send(
                        connection, $0.baseAddress?.advanced(by: sent), bytes.count - sent,
                        Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { break }
                sent += count
            }
            close(connection)
        case .hangUp: close(connection)
        case .hang: break  // left open until the process ends
        }
    }

    /// One request: its head, and as much body as it announces.
    private func read(_ connection: Int32) -> String {
        var text = ""
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            if let end = text.range(of: "\r\n\r\n") {
                let length = text.lowercased().split(separator: "content-length: ").dropFirst().first
                    .flatMap { Int($0.prefix { $0.isNumber }) }
                if text[end.upperBound...].utf8.count >= length ?? 0 { return text }
            }
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return text }
            text += String(decoding: buffer[..<count], as: UTF8.self)
        }
    }

    static func reply(_ status: String, _ type: String, _ body: String) -> Act {
        .answer(
            "HTTP/1.1 \(status)\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n"
                + "Connection: close\r\n\r\n\(body)")
    }
}
