import Glibc
import Synchronization

/// An exclusive `flock` on a file, held until the value is gone or the process ends, however it ends.
///
/// The file stays: removing it would let a third process lock a new one beside it.
package final class FileLock: Sendable {
    private let descriptor: Int32

    /// - Throws: when somebody else holds it, at once.
    package init(_ path: String, holds what: String) throws(SocketFailure) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw SocketFailure("\(path) cannot be opened: \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let error = errno
            close(descriptor)
            throw SocketFailure(
                error == EWOULDBLOCK
                    ? "another mayflyd has \(what): \(path) is locked"
                    : "\(path) cannot be locked: \(String(cString: strerror(error)))")
        }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }
}
