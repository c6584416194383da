import Foundation
import Glibc
import MayflyTesting
import Synchronization

/// Something on loopback that speaks as a MariaDB or MySQL server does, up to the login, without TLS: what somebody
/// in the middle would be. It keeps every packet that a client sends.
///
/// https://mariadb.com/docs/server/reference/clientserver-protocol/1-connecting/connection
final class MariaDBImpostor: Sendable {
    /// What it says once the client has answered its greeting.
    enum Trick: Sendable {
        /// Another method, with 20 random bytes as its question.
        case switching(to: String)
        /// Lets the client in, and answers its first statement by asking for a file.
        case askingForFile(String)
    }

    let port: Int
    /// Nil once it is closed.
    private let listener: Mutex<CInt?>
    private let packets = Mutex<[[UInt8]]>([])

    /// - Parameters:
    ///   - greeting: the method that the greeting names.
    ///   - offersTLS: says that TLS could be had.
    init(greeting: String = "mysql_native_password", offersTLS: Bool = false, _ trick: Trick) throws {
        port = try PostgreSQLServer.freePort()
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        address.sin_port = UInt16(port).bigEndian
        // `address` outlives the call, and is as long as is said.
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard listener >= 0, bound == 0, listen(listener, 4) == 0 else {
            throw TestServerError.system("listen", errno)
        }
        self.listener = Mutex(listener)
        let thread = Thread { [self] in serve(listener, greeting, offersTLS, trick) }
        thread.start()
    }

    /// All that was sent to it, packet by packet.
    var received: [[UInt8]] { packets.withLock { $0 } }

    func stop() {
        listener.withLock { listener in
            if let listener { shutdown(listener, CInt(SHUT_RDWR)) }
        }
    }

    private func serve(_ listener: CInt, _ greeting: String, _ offersTLS: Bool, _ trick: Trick) {
        defer {
            self.listener.withLock { open in
                Glibc.close(listener)
                open = nil
            }
        }
        let client = accept(listener, nil, nil)
        guard client >= 0 else { return }
        defer { Glibc.close(client) }
        send(client, 0, Self.greeting(plugin: greeting, offersTLS: offersTLS))
        guard var number = next(client) else { return }
        switch trick {
        case .switching(let plugin):
            send(client, number + 1, [0xFE] + Array(plugin.utf8) + [0] + Self.question + [0])
            guard let answered = next(client) else { return }
            number = answered
            // caching_sha2_password: "send me all of it"; sha256_password and what comes next: a key, of our own.
            send(client, number + 1, [0x01, 0x04])
            guard let asked = next(client) else { return }
            send(client, asked + 1, [0x01] + Array(Self.key.utf8))
            _ = next(client)
        case .askingForFile(let path):
            send(client, number + 1, [0, 0, 0, 2, 0, 0, 0])
            guard next(client) != nil else { return }
            send(client, 1, [0xFB] + Array(path.utf8))
            _ = next(client)
        }
    }

    private static let question = Array("abcdefghijklmnopqrst".utf8)

    private static func greeting(plugin: String, offersTLS: Bool) -> [UInt8] {
        // LONG_PASSWORD, CONNECT_WITH_DB, LOCAL_FILES, PROTOCOL_41, SECURE_CONNECTION; PLUGIN_AUTH; perhaps SSL.
        let low: UInt16 = 0x0001 | 0x0008 | 0x0080 | 0x0200 | 0x8000 | (offersTLS ? 0x0800 : 0)
        let high: UInt16 = 0x0008
        var bytes: [UInt8] = [10]
        bytes += Array("8.0.99-impostor".utf8) + [0]
        bytes += [1, 0, 0, 0] as [UInt8]
        bytes += question.prefix(8) + [0]
        bytes += [UInt8(low & 0xFF), UInt8(low >> 8), 45, 2, 0]
        bytes += [UInt8(high & 0xFF), UInt8(high >> 8), 21]
        bytes += [UInt8](repeating: 0, count: 10)
        bytes += question.suffix(12) + [0]
        bytes += Array(plugin.utf8) + [0]
        return bytes
    }

    private func send(_ client: CInt, _ number: UInt8, _ payload: [UInt8]) {
        let count = payload.count
        let packet =
            [UInt8(count & 0xFF), UInt8(count >> 8 & 0xFF), UInt8(count >> 16 & 0xFF), number] + payload
        _ = Glibc.send(client, packet, packet.count, CInt(MSG_NOSIGNAL))
    }

    /// Keeps the next packet.
    /// - Returns: its number; nil at the end.
    private func next(_ client: CInt) -> UInt8? {
        guard let header = read(client, 4) else { return nil }
        let count = Int(header[0]) | Int(header[1]) << 8 | Int(header[2]) << 16
        guard let payload = read(client, count) else { return nil }
        packets.withLock { $0.append(payload) }
        return header[3]
    }

    private func read(_ client: CInt, _ count: Int) -> [UInt8]? {
        var bytes: [UInt8] = []
        while bytes.count < count {
            var chunk = [UInt8](repeating: 0, count: count - bytes.count)
            let got = recv(client, &chunk, chunk.count, 0)
            guard got > 0 else { return nil }
            bytes += chunk.prefix(got)
        }
        return bytes
    }

    /// A public key of somebody who should not have the password.
    private static let key = """
        -----BEGIN PUBLIC KEY-----
        MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAo0u0KZaUuL3aPyMxSj5L
        +0k9ehg0nyQESSPMxaKE1iJpgTV2MyAJ1q6Xfj7GuzIE5V/9jtZCc7JxL6O2AG9U
        WCewJxjdQ6Tu4hU+KtaYLnTo8CXBzWVsaHlS4YFp4kfpYcUwm/OPYY1xkqdvhQeN
        49c4jWnTVPJwVcFBZZIA4Yi/dK/5whize2pKiOVm6P/2M8YNRbC7kiW82tQw3aKW
        SiN4UsTJ2vbf/ElV8M8rMy/LYqe5VNWWOh0OE1VSxGKyrCiY34QhJlKvO9mtT0PH
        EFC+03jmw3LKbQiJ5nzK90fEEkhFV5UrVW1AVTzG3zgnhzXJNhbASv2VFNO9ED9D
        CQIDAQAB
        -----END PUBLIC KEY-----

        """
}
