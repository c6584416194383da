import Foundation
import MayflyAPI
import MayflyCore
import MayflyCrypto
import MayflyServer
import MayflyTrail

/// The file of the key that checkpoints are signed with: PKCS#8 in PEM, 0600, of the daemon's user or root.
///
///     openssl genpkey -algorithm ed25519 -out checkpoint.key     # or the daemon makes it at its first start
struct CheckpointKeyFile: CheckpointKeys {
    /// Longer than any form of a key.
    private static let limit = 4096

    let path: String
    let uid: UInt32

    private var nextPath: String { path + ".next" }
    private var lastPath: String { path + ".last" }

    func current() throws -> SigningKey? { try Self.read(path, uid: uid) }
    func next() throws -> SigningKey? { try Self.read(nextPath, uid: uid) }

    func create() throws -> SigningKey {
        let key = try SigningKey()
        try Self.write(key, to: path)
        return key
    }

    /// Makes the next key, for the daemon to take up.
    func prepareNext() throws -> SigningKey {
        // One of another user would be a key that the daemon cannot read.
        var standing = stat()
        if stat(path, &standing) == 0, standing.st_uid != uid {
            throw KeyFile.Failure(
                message:
                    "\(path.quoted(limit: 80)) belongs to uid \(standing.st_uid), and this is uid \(uid)",
                fix: "run it as the daemon's user: runuser -u NAME -- mayflyd audit rotate-key")
        }
        let key = try SigningKey()
        // Beside it first: the daemon never sees half of one.
        let draft = nextPath + ".new"
        unlink(draft)  // left by a run that was cut short
        try Self.write(key, to: draft)
        // As link(2), and not rename(2), never takes another's place.
        guard link(draft, nextPath) == 0 else {
            let code = errno
            unlink(draft)
            throw KeyFile.Failure(
                message: "\(nextPath.quoted(limit: 80)) cannot be made: \(SystemMessage(code))",
                fix: code == EEXIST
                    ? "another change is under way: start the daemon, which ends it" : "mend its directory")
        }
        unlink(draft)
        try Self.syncDirectory(of: path)
        return key
    }

    func promote() throws {
        guard rename(nextPath, path) == 0 else {
            throw KeyFile.Failure(
                message: "\(nextPath.quoted(limit: 80)) cannot be renamed: \(SystemMessage(errno))",
                fix: "let the daemon's user write its directory")
        }
        try Self.syncDirectory(of: path)
    }

    func last() throws -> RememberedCheckpoint {
        let shown = lastPath.quoted(limit: 80)
        // A pipe that somebody put there must not be waited for.
        let descriptor = open(lastPath, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW)
        guard descriptor >= 0 else {
            if errno == ENOENT { return .missing }
            throw KeyFile.Failure(
                message: "\(shown) cannot be read: \(SystemMessage(errno))",
                fix: "look who changed it")
        }
        defer { close(descriptor) }
        var standing = stat()
        guard fstat(descriptor, &standing) == 0, standing.st_mode & S_IFMT == S_IFREG else {
            throw KeyFile.Failure(message: "\(shown) is no regular file", fix: "look who changed it")
        }
        var bytes = [UInt8](repeating: 0, count: Self.limit)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        guard count >= 0 else {
            throw KeyFile.Failure(
                message: "\(shown) cannot be read: \(SystemMessage(errno))", fix: "mend its file system")
        }
        let line = bytes[..<count].prefix { $0 != 0x0A }
        if line.elementsEqual(Self.accepted.utf8) { return .accepted }
        switch TrailLine(line) {
        case .checkpoint(let signed): return .checkpoint(signed)
        case .end(0): return .nothing
        case .end, .record, .damaged, nil:
            throw KeyFile.Failure(message: "\(shown) holds no checkpoint", fix: "look who changed it")
        }
    }

    func remember(_ signed: SignedCheckpoint?) throws {
        try writeLast(signed.map { try AuditMark.line($0) } ?? Array("{\"end\":0}\n".utf8))
    }

    /// Has the daemon go on with what the state has; what was remembered is kept aside.
    func acceptState() throws {
        var standing = stat()
        guard stat(path, &standing) != 0 || standing.st_uid == uid else {
            throw KeyFile.Failure(
                message:
                    "\(path.quoted(limit: 80)) belongs to uid \(standing.st_uid), and this is uid \(uid)",
                fix: "run it as the daemon's user: runuser -u NAME -- mayflyd audit accept-state")
        }
        guard rename(lastPath, lastPath + ".old") == 0 || errno == ENOENT else {
            throw notRemembered(lastPath + ".old", errno)
        }
        try writeLast(Array("\(Self.accepted)\n".utf8))
    }

    private static let accepted = "accepted"

    private func writeLast(_ bytes: [UInt8]) throws {
        let draft = lastPath + ".new"
        unlink(draft)  // left by a run that was cut short, or put there by somebody
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw notRemembered(draft, errno) }
        let isWritten = Glibc.write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
        let code = errno
        close(descriptor)
        guard isWritten, rename(draft, lastPath) == 0 else {
            throw notRemembered(draft, isWritten ? errno : code)
        }
        try Self.syncDirectory(of: path)
    }

    private func notRemembered(_ draft: String, _ code: Int32) -> KeyFile.Failure {
        KeyFile.Failure(
            message: "\(draft.quoted(limit: 80)) cannot be written: \(SystemMessage(code))",
            fix: "let the daemon's user write its directory, and make room on its disk")
    }

    /// - Returns: nil when there is no such file.
    static func read(_ path: String, uid: UInt32) throws(KeyFile.Failure) -> SigningKey? {
        let shown = path.quoted(limit: 80)
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw KeyFile.Failure(
                message: "\(shown) cannot be read: \(SystemMessage(errno))",
                fix: "chown it to the daemon's user")
        }
        defer { close(descriptor) }
        if let objection = SecretFile.objection(toDescriptor: descriptor, shown: shown, uid: uid) {
            throw KeyFile.Failure(
                message: objection.message, fix: objection.fix.replacing("password", with: "key"))
        }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: limit, alignment: 1)
        defer {
            if let base = buffer.baseAddress { explicit_bzero(base, buffer.count) }
            buffer.deallocate()
        }
        let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        guard count >= 0 else {
            throw KeyFile.Failure(
                message: "\(shown) cannot be read: \(SystemMessage(errno))", fix: "mend its file system")
        }
        do {
            return try SigningKey(pem: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        } catch {
            throw KeyFile.Failure(
                message: "\(shown) holds no Ed25519 key without a password",
                fix: "openssl genpkey -algorithm ed25519 -out FILE makes one")
        }
    }

    private static func write(_ key: SigningKey, to path: String) throws {
        var text = key.pem()
        defer {
            text.withUnsafeMutableBytes { if let base = $0.baseAddress { explicit_bzero(base, $0.count) } }
        }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw KeyFile.Failure(
                message: "\(path.quoted(limit: 80)) cannot be made: \(SystemMessage(errno))",
                fix: "let the daemon's user write its directory, or name another place")
        }
        let isWritten = Glibc.write(descriptor, text, text.count) == text.count && fsync(descriptor) == 0
        let code = errno
        close(descriptor)
        guard isWritten else {
            // Half of one would be taken for a key that was damaged.
            unlink(path)
            throw KeyFile.Failure(
                message: "\(path.quoted(limit: 80)) cannot be written: \(SystemMessage(code))",
                fix: "make room on its disk")
        }
        try syncDirectory(of: path)
    }

    private static func syncDirectory(of path: String) throws {
        let directory = (path as NSString).deletingLastPathComponent
        let folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else {
            throw DaemonFailure("\(directory.quoted(limit: 80)): \(SystemMessage(errno))")
        }
        defer { close(folder) }
        guard fsync(folder) == 0 else {
            throw DaemonFailure("\(directory.quoted(limit: 80)): \(SystemMessage(errno))")
        }
    }
}
