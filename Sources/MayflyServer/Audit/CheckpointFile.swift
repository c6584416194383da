import Foundation
import MayflyAPI
import MayflyCore
import MayflyCrypto
import MayflyTrail

/// A file elsewhere, on another disk or one that is written once, which gets a line with each checkpoint.
///
/// At least once and in order: how far it is, its own lines say, whatever others put among them. One that is empty begins
/// with the newest. It may be append-only (`chattr +a`): what a crash left of a line is ended, never taken back, and so is
/// what others wrote there. It may hang, as another host's disk does: that is given up, and nobody else waits for it.
struct CheckpointFile: Sendable {
    /// What was seen of it, up to where it was looked through.
    struct Standing: Hashable, Sendable {
        fileprivate var place = Place()
        fileprivate var size = 0
        /// The highest number of ours that is in it.
        var upTo: Int64?
        /// Lines that are none of ours.
        var foreign = 0
        /// What it had of ours is gone.
        var hasShrunk = false
        /// Keys of ours that are in it.
        fileprivate var keys: Set<String> = []
    }

    fileprivate struct Place: Hashable, Sendable {
        var device: UInt64 = 0
        var inode: UInt64 = 0
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Seconds for one step, of real time.
    private static let timeout = 10
    private static let chunk = 1 << 20
    /// Longer than any checkpoint.
    private static let longestLine = 16 << 10
    /// Beyond this it is not looked through: whoever may write to it could keep us busy for ever.
    private static let mostForeign = 100_000

    let path: String
    private let work = BlockingWork("mayfly.checkpoint-file")

    init(path: String) { self.path = path }

    func append(_ due: [SignedCheckpoint]) async throws {
        guard !due.isEmpty else { return }
        let lines = try due.flatMap { try AuditMark.line($0) }
        try await blocking { () throws(Failure) in try self.append(lines) }
    }

    /// Looks through what came since, or all of it.
    /// - Throws: `TrailObjection` when it has a checkpoint that was signed here and is not in the state; `Failure` when that
    ///   cannot be told.
    func look(since before: Standing?, against state: CheckpointView) async throws -> Standing {
        var state = state
        var standing = Standing()
        let there = try await blocking { () throws(Failure) in try self.there() }
        if let before {
            if let there, before.place == there.place, before.size <= there.size {
                standing = before
                standing.hasShrunk = false
            } else {
                standing.hasShrunk = before.upTo != nil
            }
        }
        guard let there else { return standing }
        standing.place = there.place
        var line: [UInt8] = []
        while standing.size < there.size {
            let begin = standing.size
            let bytes = try await blocking { () throws(Failure) in try self.read(there.place, at: begin) }
            guard !bytes.isEmpty else { break }
            standing.size += bytes.count
            var rest = bytes[...]
            while let end = rest.firstIndex(of: 0x0A) {
                line += rest[..<end]
                try await take(line, &standing, &state)
                line = []
                rest = rest[(end + 1)...]
            }
            // What is longer is nobody's checkpoint, and is not kept in memory.
            if line.count <= Self.longestLine { line += rest }
        }
        try await take(line, &standing, &state)
        return standing
    }

    private func take(
        _ line: [UInt8], _ standing: inout Standing, _ state: inout CheckpointView
    ) async throws {
        guard !line.isEmpty else { return }
        guard let number = Self.number(in: line), let read = TrailLine(line),
            case .checkpoint(let signed) = read
        else {
            // What a crash left of one of ours is none of others'.
            if !line.starts(with: #"{"checkpoint":{"at":"#.utf8) || line.last == UInt8(ascii: "}")
                || line.count > 4096
            {
                try foreign(&standing)
            }
            return
        }
        let checkpoint = signed.checkpoint
        let ours = try await state.checkpoint(number)
        if ours == signed {
            standing.upTo = max(standing.upTo ?? 0, number)
            standing.keys.formUnion([checkpoint.key, checkpoint.keyFromNowOn])
            return
        }
        // Whoever may write to the file may write anything: only what our key signed says something of the state.
        let known = standing.keys.union(state.keys).union([ours?.checkpoint.key].compactMap { $0 })
        guard checkpoint.installation == state.installation, known.contains(checkpoint.key),
            SigningPublicKey(hex: checkpoint.key)?.isSignature(signed.signature, of: checkpoint.bytes) == true
        else { return try foreign(&standing) }
        throw TrailObjection(
            "\(path.quoted(limit: 100)) has checkpoint \(number), which was signed here and is "
                + "not in the state: it was set back to an older one, or written anew")
    }

    private func foreign(_ standing: inout Standing) throws {
        standing.foreign += 1
        guard standing.foreign <= Self.mostForeign else {
            throw Failure(
                description: "\(path.quoted(limit: 100)) holds more than \(Self.mostForeign) lines of others")
        }
    }

    /// Of what looks like a checkpoint, without reading the rest.
    private static func number(in line: [UInt8]) -> Int64? {
        guard line.starts(with: #"{"checkpoint":{"#.utf8), line.count <= longestLine,
            let mark = line.firstRange(of: Array(#","number":"#.utf8))
        else { return nil }
        let digits = line[mark.upperBound...].prefix { (0x30...0x39).contains($0) }
        return Int64(String(decoding: digits, as: UTF8.self))
    }

    // MARK: what blocks

    private func blocking<Value: Sendable>(
        _ body: @escaping @Sendable () throws(Failure) -> Value
    ) async throws -> Value {
        let result: Result<Value, Failure>
        do throws(DeliveryFailure) {
            result = try await work.run(within: Self.timeout) { () throws(DeliveryFailure) in
                Result { () throws(Failure) in try body() }
            }
        } catch { throw Failure(description: "\(path.quoted(limit: 100)): \(error)") }
        return try result.get()
    }

    private func there() throws(Failure) -> (place: Place, size: Int)? {
        var standing = stat()
        guard lstat(path, &standing) == 0 else {
            if errno == ENOENT { return nil }
            throw failure("cannot be looked at")
        }
        guard standing.st_mode & S_IFMT == S_IFREG else {
            throw Failure(description: "\(path.quoted(limit: 100)) is no regular file")
        }
        return (place(standing), Int(standing.st_size))
    }

    private func place(_ standing: stat) -> Place {
        Place(device: UInt64(standing.st_dev), inode: UInt64(standing.st_ino))
    }

    private func read(_ expected: Place, at offset: Int) throws(Failure) -> [UInt8] {
        let file = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw failure("cannot be read") }
        defer { close(file) }
        var standing = stat()
        guard fstat(file, &standing) == 0 else { throw failure("cannot be looked at") }
        guard place(standing) == expected else {
            throw Failure(description: "\(path.quoted(limit: 100)) was exchanged while it was read")
        }
        var bytes = [UInt8](repeating: 0, count: Self.chunk)
        let count = pread(file, &bytes, bytes.count, off_t(offset))
        guard count >= 0 else { throw failure("cannot be read") }
        bytes.removeSubrange(count...)
        return bytes
    }

    private func append(_ lines: [UInt8]) throws(Failure) {
        let file = open(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0o600)
        guard file >= 0 else { throw failure("cannot be opened") }
        defer { close(file) }
        var standing = stat()
        guard fstat(file, &standing) == 0, standing.st_mode & S_IFMT == S_IFREG else {
            throw Failure(description: "\(path.quoted(limit: 100)) is no regular file")
        }
        var bytes: [UInt8] = []
        if standing.st_size > 0 {
            var last: UInt8 = 0
            guard pread(file, &last, 1, standing.st_size - 1) == 1 else { throw failure("cannot be read") }
            if last != 0x0A { bytes = [0x0A] }
        }
        bytes += lines
        guard write(file, bytes, bytes.count) == bytes.count, fsync(file) == 0 else {
            throw failure("cannot be written")
        }
    }

    private func failure(_ what: String) -> Failure {
        Failure(description: "\(path.quoted(limit: 100)) \(what): \(String(cString: strerror(errno)))")
    }
}
