import Foundation
import Synchronization

/// Some MiB beside the state, allocated in advance, so that revoking goes on when the disk is full.
///
/// When a write that ends access meets a full disk, the file is removed and the write is tried again. From
/// then on nothing else is written, until there is room for the file again and as much beyond it.
final class DiskReserve: Sendable {
    let path: String
    let size: Int
    private let held: Mutex<Bool>

    /// - Parameter size: in bytes; 0 keeps none and never refuses anything.
    init(path: String, size: Int) {
        self.path = path
        self.size = size
        held = Mutex(size == 0 || Self.allocate(path, size))
    }

    /// Whether what does not end access may be written: a look at the free space when the reserve is in use.
    func isHeld() -> Bool {
        held.withLock { held in
            if !held, Self.freeSpace(beside: path) >= 2 * UInt64(size) { held = Self.allocate(path, size) }
            return held
        }
    }

    /// Gives the space up.
    /// - Returns: whether there was any left to give.
    func release() -> Bool {
        guard size > 0 else { return false }
        return held.withLock { held in
            guard held else { return false }
            held = false
            return unlink(path) == 0
        }
    }

    private static func allocate(_ path: String, _ size: Int) -> Bool {
        let file = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { return false }
        defer { close(file) }
        // Blocks, not a hole: https://man7.org/linux/man-pages/man3/posix_fallocate.3.html
        guard posix_fallocate(file, 0, off_t(size)) == 0 else {
            unlink(path)  // if this fails too there is nothing more to be done about the file
            return false
        }
        return true
    }

    /// Bytes; 0 where that cannot be told.
    static func freeSpace(beside path: String) -> UInt64 {
        var standing = statvfs()
        guard statvfs((path as NSString).deletingLastPathComponent, &standing) == 0 else { return 0 }
        return UInt64(standing.f_bavail) * UInt64(standing.f_frsize)
    }
}
