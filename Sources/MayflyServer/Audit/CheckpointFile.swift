import Foundation
import MayflyAPI
import MayflyCore
import MayflyCrypto
import MayflyTrail

/// A file elsewhere, on another disk or one that is written once, which gets a line with each checkpoint.
///
/// At least once and in order: how far it is, its own last line says. One that is empty begins with the newest. It may be
/// append-only (`chattr +a`): what a crash left of a line is ended, never taken back, and so is what others wrote there.
struct CheckpointFile {
    /// How it stands to the state's checkpoints.
    enum Standing {
        case empty
        /// It has ours up to this number; with `isForeign`, others' lines after that.
        case upTo(Int64, isForeign: Bool)
        /// It has one that was signed here and is not in the state.
        case ahead(TrailObjection)
    }

    let path: String

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    func append(_ due: [SignedCheckpoint]) throws {
        guard !due.isEmpty else { return }
        let file = open(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0o600)
        guard file >= 0 else { throw failure("cannot be opened") }
        defer { close(file) }
        let tail = try tail(of: file)
        let isWhole = tail.isEmpty || tail.last == 0x0A
        var bytes: [UInt8] = isWhole ? [] : [0x0A]
        for checkpoint in due { bytes += try AuditMark.line(checkpoint) }
        guard write(file, bytes, bytes.count) == bytes.count, fsync(file) == 0 else {
            throw failure("cannot be written")
        }
    }

    /// - Parameters:
    ///   - newest: the state's last checkpoint.
    ///   - key: the one in force, by its file.
    func standing(
        against store: any Store, newest: SignedCheckpoint?, installation: String, key: String?
    ) async throws -> Standing {
        let known = [key, newest?.checkpoint.key, newest?.checkpoint.keyFromNowOn]
        var isForeign = false
        for line in try tail().split(separator: 0x0A).reversed() {
            guard case .checkpoint(let signed)? = TrailLine(line) else { continue }
            let checkpoint = signed.checkpoint
            let ours = try await store.checkpoints(
                CheckpointQuery(after: max(checkpoint.number, 1) - 1, limit: 1)
            ).first
            if ours == signed { return .upTo(checkpoint.number, isForeign: isForeign) }
            // Whoever may write to the file may write anything: only what our key signed says something of the state.
            guard checkpoint.installation == installation,
                (known + [ours?.checkpoint.key]).contains(checkpoint.key),
                SigningPublicKey(hex: checkpoint.key)?.isSignature(signed.signature, of: checkpoint.bytes)
                    == true
            else {
                isForeign = true
                continue
            }
            return .ahead(
                TrailObjection(
                    "\(path.quoted(limit: 100)) has checkpoint \(checkpoint.number), which was signed here and is "
                        + "not in the state: it was set back to an older one, or written anew"))
        }
        return isForeign ? .upTo((newest?.checkpoint.number ?? 1) - 1, isForeign: true) : .empty
    }

    private func tail() throws -> [UInt8] {
        let file = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else {
            if errno == ENOENT { return [] }
            throw failure("cannot be read")
        }
        defer { close(file) }
        return try tail(of: file)
    }

    private func tail(of file: Int32) throws -> [UInt8] {
        var standing = stat()
        guard fstat(file, &standing) == 0, standing.st_mode & S_IFMT == S_IFREG else {
            throw Failure(description: "\(path.quoted(limit: 100)) is no regular file")
        }
        let count = min(Int(standing.st_size), 16 << 10)
        var bytes = [UInt8](repeating: 0, count: count)
        guard pread(file, &bytes, count, standing.st_size - off_t(count)) == count else {
            throw failure("cannot be read")
        }
        return bytes
    }

    private func failure(_ what: String) -> Failure {
        Failure(description: "\(path.quoted(limit: 100)) \(what): \(String(cString: strerror(errno)))")
    }
}
