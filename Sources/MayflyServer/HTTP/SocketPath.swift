import Glibc
package import MayflyCore
import Synchronization

/// The path of the daemon's socket: taken by one daemon, and never open to others for a moment.
///
/// The server binds inside a directory that only we may enter; owner and mode are set there, and then the socket
/// is renamed to its path. The rename also replaces what a dead daemon left. A lock beside the path, taken before
/// anything is touched, keeps a second daemon from taking the path over.
package final class SocketPath: Sendable {
    /// sockaddr_un holds 108 bytes with the final zero (unix(7)).
    static let lengthLimit = 107

    package let path: String
    /// Where to bind.
    let privatePath: String

    private let lock: FileLock
    private let directory: String
    private let group: UInt32?
    private let mode: UInt32
    /// The socket that we put at `path`.
    private let published = Mutex<(device: dev_t, inode: ino_t)?>(nil)

    /// Takes the path. Touches nothing that is in use.
    package init(_ listen: Configuration.Listen) throws(SocketFailure) {
        path = listen.socket
        mode = listen.mode & 0o777
        group = try Self.groupID(listen.group)
        try Self.checkDirectory(of: path)
        lock = try FileLock(path + ".lock", holds: "this socket")
        Self.removeStale(beside: path)
        try Self.checkReplaceable(path)
        directory = try Self.makePrivateDirectory(beside: path)
        privatePath = directory + "/s"
        guard max(path.utf8.count, privatePath.utf8.count) <= Self.lengthLimit else {
            rmdir(directory)
            throw SocketFailure("the socket's path is longer than \(Self.lengthLimit) bytes: \(path)")
        }
    }

    deinit { withdraw() }

    /// Gives the bound socket its owner and mode, and puts it at its path.
    func publish() throws(SocketFailure) {
        if let group, chown(privatePath, uid_t.max, group) != 0 { throw failure("given its group") }
        guard chmod(privatePath, mode) == 0 else { throw failure("given its mode") }
        var status = stat()
        guard lstat(privatePath, &status) == 0 else { throw failure("looked at") }
        // Looked at again: between start and bind somebody may have put a file there.
        try Self.checkReplaceable(path)
        guard rename(privatePath, path) == 0 else { throw failure("put at its path") }
        published.withLock { $0 = (status.st_dev, status.st_ino) }
        rmdir(directory)
    }

    /// Removes the socket, if it is still ours.
    func withdraw() {
        let ours = published.withLock { published in
            defer { published = nil }
            return published
        }
        var status = stat()
        if let ours, lstat(path, &status) == 0, status.st_dev == ours.device, status.st_ino == ours.inode {
            unlink(path)
        }
        unlink(privatePath)
        rmdir(directory)
    }

    private func failure(_ what: String) -> SocketFailure {
        SocketFailure("the socket \(path) cannot be \(what): \(String(cString: strerror(errno)))")
    }

    private static func groupID(_ name: String?) throws(SocketFailure) -> UInt32? {
        guard let name else { return nil }
        let found: UInt32?
        do throws(NameService.Failure) {
            found = try NameService.groupID(named: name)
        } catch {
            throw SocketFailure("listen.group \(name.quoted()) cannot be looked up: \(error)")
        }
        guard let found else {
            throw SocketFailure("listen.group \(name.quoted()) does not exist: create it, or name another")
        }
        return found
    }

    private static func directory(of path: String) -> String {
        let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        return parent.isEmpty ? "/" : parent
    }

    /// Whoever may write to the directory could put a socket of their own at the path, and be taken for us.
    private static func checkDirectory(of path: String) throws(SocketFailure) {
        let directory = directory(of: path)
        var status = stat()
        guard stat(directory, &status) == 0 else {
            throw SocketFailure(
                "the socket's directory \(directory) cannot be looked at: \(String(cString: strerror(errno)))"
            )
        }
        guard status.st_uid == geteuid() || status.st_uid == 0 else {
            throw SocketFailure(
                "the socket's directory \(directory) belongs to uid \(status.st_uid), who could replace the socket"
            )
        }
        guard status.st_mode & 0o022 == 0 else {
            throw SocketFailure(
                "the socket's directory \(directory) can be written by others; `chmod go-w` it")
        }
    }

    /// Removes the private directories of daemons that were killed before they published: ours, some time old, with
    /// nothing in them but a socket that nobody listens on.
    private static func removeStale(beside path: String) {
        let parent = directory(of: path)
        guard let entries = opendir(parent) else { return }
        defer { closedir(entries) }
        var names: [String] = []
        while let entry = readdir(entries) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) { name in
                    name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        for name in names
        where name.hasPrefix(privatePrefix) && name.utf8.count == privatePrefix.utf8.count + 6 {
            let stale = "\(parent)/\(name)"
            var status = stat()
            guard lstat(stale, &status) == 0, status.st_mode & 0o177777 == S_IFDIR | 0o700,
                status.st_uid == geteuid(), time(nil) - status.st_mtim.tv_sec > 60
            else { continue }
            let socket = stale + "/s"
            if lstat(socket, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK, !isListening(socket) {
                unlink(socket)
            }
            // Fails where there is anything else in it.
            rmdir(stale)
        }
    }

    /// Nothing, or a socket that nobody listens on.
    private static func checkReplaceable(_ path: String) throws(SocketFailure) {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            guard errno == ENOENT else {
                throw SocketFailure("\(path) cannot be looked at: \(String(cString: strerror(errno)))")
            }
            return
        }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw SocketFailure("\(path) exists and is not a socket: move it away, or listen elsewhere")
        }
        guard !isListening(path) else {
            throw SocketFailure("\(path) is a socket that another program listens on")
        }
    }

    private static func isListening(_ path: String) -> Bool {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard path.utf8.count <= lengthLimit else { return false }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) == 0 }
        }
    }

    private static let privatePrefix = ".m-"

    /// A new directory of mode 0700 on the same file system.
    private static func makePrivateDirectory(beside path: String) throws(SocketFailure) -> String {
        let parent = path.lastIndex(of: "/").map { path[..<$0] + "/" } ?? ""
        var template = Array("\(parent)\(privatePrefix)XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
        }
        guard let made else {
            throw SocketFailure(
                "nothing can be made in \(parent.isEmpty ? "." : String(parent)): \(String(cString: strerror(errno)))"
            )
        }
        return made
    }
}
