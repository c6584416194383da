import Foundation
import Glibc
import MayflyTesting

/// A socket on which connections are taken (by the kernel) and nothing is ever answered.
struct SilentServer: ~Copyable {
    let path = FileManager.default.temporaryDirectory.appending(
        path: "mf-\(UUID().uuidString.prefix(8)).sock"
    ).path
    private let listener: Int32

    init() throws {
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        let bound = UnixAddress.with(path) { [listener] in bind(listener, $0, $1) }
        guard bound == 0, listen(listener, 4) == 0 else { throw POSIXError(.EADDRINUSE) }
    }

    /// Waits for a client, and for the beginning of what it says.
    func takeOne() {
        let connection = accept(listener, nil, nil)
        var byte: UInt8 = 0
        _ = recv(connection, &byte, 1, 0)
    }

    deinit {
        close(listener)
        unlink(path)
    }
}
