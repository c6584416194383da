import Foundation
import Glibc

/// A service manager's end of sd_notify(3).
final class NotifySocket {
    let path: String
    private let descriptor: CInt

    init(path: String) throws {
        self.path = path
        unlink(path)
        descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw BenchFailure(system: "socket") }
        let bound = try UnixAddress(path).with { bind(descriptor, $0, $1) }
        guard bound == 0 else { throw BenchFailure(system: "bind \(path)") }
    }

    deinit {
        close(descriptor)
        unlink(path)
    }

    func waitUntilReady(timeout seconds: Int) throws {
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var buffer = [UInt8](repeating: 0, count: 512)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { throw BenchFailure("the daemon did not become ready: see mayflyd.log") }
            if String(decoding: buffer[..<count], as: UTF8.self).contains("READY=1") { return }
        }
    }
}
