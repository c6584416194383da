import Foundation
import Glibc
import MayflyTesting

/// A service manager's end of sd_notify(3).
final class NotifySocket: Sendable {
    let path: String
    private let descriptor: Int32

    init(_ path: String) throws {
        self.path = path
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        let bound = UnixAddress.with(path) { [descriptor] in bind(descriptor, $0, $1) }
        guard bound == 0 else { throw TestServerError.system("bind", errno) }
    }

    deinit { close(descriptor) }

    /// The next message; waits for it.
    func next() async throws -> String? {
        var text: String?
        try await eventually("the daemon tells its manager") {
            var bytes = [UInt8](repeating: 0, count: 512)
            let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
            if count > 0 { text = String(decoding: bytes.prefix(count), as: UTF8.self) }
            return count > 0
        }
        return text
    }
}
