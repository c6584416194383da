/// The process at the other end of a Unix socket, as the kernel recorded it at `connect` (unix(7), SO_PEERCRED).
///
/// Mirrors `struct ucred` field by field, as Glibc's module does not export it. The uid is the effective one; it
/// cannot be forged by an unprivileged process and does not change for the life of the connection.
package struct PeerCredentials: Hashable, Sendable {
    package let pid: Int32
    package let uid: UInt32
    package let gid: UInt32

    package init(pid: Int32, uid: UInt32, gid: UInt32) {
        self.pid = pid
        self.uid = uid
        self.gid = gid
    }

    /// The pid, or nil where the kernel does not know it in our PID namespace.
    package var knownPID: Int32? { pid > 0 ? pid : nil }
}
