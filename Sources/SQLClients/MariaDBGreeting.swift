import Glibc

/// What a server says first, looked at before the library reads it.
///
/// The library has no option that insists on TLS without also verifying the host's name: to a server that says it
/// has none it would log in without. So we look at what it is about to read, and hang up.
/// https://mariadb.com/docs/server/reference/clientserver-protocol/1-connecting/connection
enum MariaDBGreeting {
    case offersTLS, withoutTLS
    /// An error, for the library to report.
    case refusal
    /// Not yet all here, or longer than any server's.
    case incomplete, malformed

    /// The bytes of a greeting that matter come well before this many.
    static let most = 512

    private static let flagOfTLS: UInt8 = 0x08  // CLIENT_SSL, 0x0800: in the second byte

    init(_ bytes: some Collection<UInt8>) {
        let bytes = Array(bytes)
        guard bytes.count > 4 else {
            self = .incomplete
            return
        }
        // Three bytes of length and one of sequence, then the protocol's version.
        switch bytes[4] {
        case 0xFF: self = .refusal
        case 10:
            // The server's version ends with NUL; then come a number of 4 bytes, 8 random bytes and a NUL.
            guard let end = bytes[5...].firstIndex(of: 0), end + 15 < bytes.count else {
                self = bytes.count < Self.most ? .incomplete : .malformed
                return
            }
            self = bytes[end + 15] & Self.flagOfTLS != 0 ? .offersTLS : .withoutTLS
        default: self = .malformed
        }
    }

    /// What is there to be read on a socket, left there.
    static func peek(at socket: CInt) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: most)
        let count = recv(socket, &bytes, bytes.count, CInt(MSG_PEEK | MSG_DONTWAIT))
        return Array(bytes.prefix(max(0, count)))
    }

    /// From when on `poll` says that a socket can be read: with so many bytes there.
    static func setLeast(_ count: Int, on socket: CInt) {
        var least = CInt(count)
        setsockopt(socket, SOL_SOCKET, SO_RCVLOWAT, &least, socklen_t(MemoryLayout<CInt>.size))
    }

    static func isConnected(_ socket: CInt) -> Bool {
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        // `address` is as long as any address; an error of connect(2) is left for the library to find.
        return withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getpeername(socket, $0, &length) == 0
            }
        }
    }
}
