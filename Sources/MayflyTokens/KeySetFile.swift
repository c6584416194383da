import Foundation
import Glibc

/// A key set in a file. Whoever can write it decides who people are, so it is looked at as the policy is.
package struct KeySetFile: Hashable, Sendable {
    /// What changes when the file does: its bytes, its owner, its mode.
    struct Stamp: Hashable, Sendable {
        let device: UInt64
        let inode: UInt64
        let size: Int64
        let seconds: Int
        let nanoseconds: Int
    }

    let path: String
    package init(path: String) { self.path = path }

    /// - Returns: nil when it cannot be looked at.
    var stamp: Stamp? {
        var status = stat()
        return stat(path, &status) == 0 ? Self.stamp(status) : nil
    }

    private static func stamp(_ status: stat) -> Stamp {
        Stamp(
            device: UInt64(status.st_dev), inode: UInt64(status.st_ino), size: Int64(status.st_size),
            seconds: status.st_ctim.tv_sec, nanoseconds: status.st_ctim.tv_nsec)
    }

    /// - Parameter uid: beside root's, whose file it may be.
    package func read(uid: UInt32 = geteuid()) throws(KeySetFailure) -> [UInt8] {
        try stampedRead(uid: uid).bytes
    }

    func stampedRead(uid: UInt32 = geteuid()) throws(KeySetFailure) -> (bytes: [UInt8], stamp: Stamp) {
        // O_NONBLOCK, so that a FIFO does not hold us up.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw KeySetFailure("it cannot be read: \(String(cString: strerror(errno)))")
        }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw KeySetFailure("it is not a regular file")
        }
        guard status.st_uid == 0 || status.st_uid == uid else {
            throw KeySetFailure("it belongs to uid \(status.st_uid), who could say who people are")
        }
        guard status.st_mode & 0o022 == 0 else {
            throw KeySetFailure("it may be written by others than its owner: chmod go-w")
        }
        let bytes: Data
        do { bytes = try handle.read(upToCount: KeySet.largest + 1) ?? Data() } catch {
            throw KeySetFailure("it cannot be read")
        }
        return (Array(bytes), Self.stamp(status))
    }
}
