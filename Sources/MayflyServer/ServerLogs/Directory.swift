import Glibc
import MayflyCore

/// A directory, open: what is asked of it is asked of this one, whatever becomes of its path.
final class Directory {
    private let descriptor: Int32

    init(_ path: String) throws(ServerLogTrouble) {
        let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else {
            let shown = path.quoted(limit: 200)
            switch errno {
            case ENOENT:
                throw ServerLogTrouble(
                    .missing, "there is no directory \(shown) here: the log may be on another host")
            case EACCES, EPERM: throw ServerLogTrouble(.notAllowed, "the daemon's user may not read \(shown)")
            case ELOOP, ENOTDIR: throw ServerLogTrouble(.refused, "\(shown) is a link, or no directory")
            default:
                throw ServerLogTrouble(
                    .failed, "\(shown) cannot be opened: \(String(cString: strerror(errno)))")
            }
        }
        self.descriptor = descriptor
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & 0o002 == 0 else {
            throw ServerLogTrouble(.refused, "everybody may write in \(path.quoted(limit: 200))")
        }
    }

    deinit { close(descriptor) }

    func names(atMost limit: Int) throws(ServerLogTrouble) -> [String] {
        // A description of its own, from the beginning; closedir closes it.
        let own = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard own >= 0, let stream = fdopendir(own) else {
            throw ServerLogTrouble(
                .failed, "the directory cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { closedir(stream) }
        var names: [String] = []
        while names.count < limit, let entry = readdir(stream) {
            // d_name is an array that ends with NUL, within the entry.
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// Of the entry itself, not of what a link leads to.
    func status(of name: String) -> stat? {
        var status = stat()
        return fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 ? status : nil
    }

    /// For reading; not through a link, and not waiting for a FIFO's other end.
    func open(_ name: String) -> Int32? {
        let opened = openat(descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
        return opened >= 0 ? opened : nil
    }
}

extension LogCursor.File {
    init(_ status: stat) { self.init(device: UInt64(status.st_dev), inode: UInt64(status.st_ino)) }
}
