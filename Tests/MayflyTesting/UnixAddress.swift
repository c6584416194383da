package import Glibc

/// The address of a Unix socket, as bind(2) and connect(2) take it.
package enum UnixAddress {
    /// Lends the address and its length; the pointer is valid within `body` only.
    package static func with<Value>(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) throws -> Value
    ) rethrows -> Value {
        var address = sockaddr_un()
        precondition(path.utf8.count < MemoryLayout.size(ofValue: address.sun_path), "a test's path is short")
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        // `address` outlives the call, and is as long as the length says.
        return try withUnsafePointer(to: &address) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                try body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
