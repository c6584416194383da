import Foundation
import MayflyAPI
import MayflyCore
import MayflyTrail

/// A file elsewhere, on another disk or one that is written once, which gets a line with each checkpoint.
///
/// At least once and in order: how far it is, its own last line says. One that is empty begins with the newest. It may be
/// append-only (`chattr +a`): what a crash left of a line is ended, never taken back.
struct CheckpointFile {
    let path: String

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// What of `newest`, oldest first, it does not have yet.
    func append(_ newest: [SignedCheckpoint]) throws {
        let file = open(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0o600)
        guard file >= 0 else { throw failure("cannot be opened") }
        defer { close(file) }
        var standing = stat()
        guard fstat(file, &standing) == 0, standing.st_mode & S_IFMT == S_IFREG else {
            throw Failure(description: "\(path.quoted(limit: 100)) is no regular file")
        }
        let tail = try tail(of: file, size: standing.st_size)
        let isWhole = tail.isEmpty || tail.last == 0x0A
        var bytes: [UInt8] = isWhole ? [] : [0x0A]
        let due: [SignedCheckpoint]
        if let number = Self.lastNumber(in: tail) {
            due = newest.filter { $0.checkpoint.number > number }
        } else {
            due = newest.suffix(1)
        }
        guard !due.isEmpty else { return }
        for checkpoint in due { bytes += try AuditMark.line(checkpoint) }
        guard write(file, bytes, bytes.count) == bytes.count, fsync(file) == 0 else {
            throw failure("cannot be written")
        }
    }

    /// The number of the last checkpoint in it; nil where there is none to be seen.
    func lastNumber() throws -> Int64? {
        let file = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw failure("cannot be read")
        }
        defer { close(file) }
        var standing = stat()
        guard fstat(file, &standing) == 0 else { throw failure("cannot be looked at") }
        return Self.lastNumber(in: try tail(of: file, size: standing.st_size))
    }

    private func tail(of file: Int32, size: off_t) throws -> [UInt8] {
        let count = min(Int(size), 16 << 10)
        var bytes = [UInt8](repeating: 0, count: count)
        guard pread(file, &bytes, count, size - off_t(count)) == count else {
            throw failure("cannot be read")
        }
        return bytes
    }

    private static func lastNumber(in tail: [UInt8]) -> Int64? {
        for line in tail.split(separator: 0x0A).reversed() {
            if case .checkpoint(let signed)? = TrailLine(line) { return signed.checkpoint.number }
        }
        return nil
    }

    private func failure(_ what: String) -> Failure {
        Failure(description: "\(path.quoted(limit: 100)) \(what): \(String(cString: strerror(errno)))")
    }
}
