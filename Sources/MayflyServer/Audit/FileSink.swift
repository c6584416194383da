import Foundation
import Glibc
import MayflyAPI
package import MayflyCore
package import MayflyTrail
import Synchronization

/// Appends records to a file, a line each, synced before they count as delivered.
///
/// The file is opened for each batch: what `logrotate` moves away or truncates is left alone, and a new one begun. By
/// itself it begins a new one before it would grow beyond a size, or in another period of the clock (a day's file ends with
/// the day, UTC); the old ones are PATH.1, PATH.2, …. What a crash left of a line is taken back; in the form that has
/// numbers and hashes to tell by (`json`) nothing is written twice, as far as PATH and PATH.1 tell, and a file that holds
/// another log is refused, never taken for one that is up to date. It has to be ours, and nobody else's to write.
package final class FileSink: AuditSink {
    /// What is looked at of a file's end: longer than any batch.
    private static let longestTail = 32 << 20

    /// How the file was left.
    private struct Place: Equatable {
        var device: UInt
        var inode: UInt
        var size: Int

        init(_ standing: stat) {
            (device, inode) = (UInt(standing.st_dev), UInt(standing.st_ino))
            size = Int(standing.st_size)
        }
    }

    private let file: AuditExporter.File
    private let formatter: AuditFormatter
    private let timekeeper: Timekeeper
    private let timeout: Int
    private let work = BlockingWork("mayfly.file-sink")
    private let left = Mutex<(place: Place, last: Int64)?>(nil)

    /// - Parameter timeout: seconds for one attempt.
    package init(
        _ file: AuditExporter.File, formatter: AuditFormatter, timekeeper: Timekeeper, timeout: Int = 10
    ) {
        self.file = file
        self.formatter = formatter
        self.timekeeper = timekeeper
        self.timeout = timeout
    }

    package func close() async {}

    package func deliver(_ records: [MayflyCore.AuditRecord]) async throws(DeliveryFailure) {
        try await work.run(within: timeout) { () throws(DeliveryFailure) in try self.append(records) }
    }

    private func append(_ records: [MayflyCore.AuditRecord]) throws(DeliveryFailure) {
        guard let last = records.last else { return }
        try finishRotation()
        var descriptor = try open()
        defer { Glibc.close(descriptor) }
        var bytes: [UInt8] = []
        for record in try missing(records, descriptor) {
            do { bytes += try formatter.line(record) + [0x0A] } catch { throw .internal }
        }
        if !bytes.isEmpty {
            if try isToRotate(descriptor, adding: bytes.count) {
                try rotate()
                let fresh = try open()
                Glibc.close(descriptor)
                descriptor = fresh
            }
            try write(bytes, descriptor)
        }
        guard fsync(descriptor) == 0 else { throw failure("cannot be synced") }
        let place = Place(try standing(descriptor))
        left.withLock { $0 = (place, last.sequence) }
    }

    private func write(_ bytes: [UInt8], _ descriptor: Int32) throws(DeliveryFailure) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress?.advanced(by: sent), bytes.count - sent)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure("cannot be written") }
            sent += count
        }
    }

    private func open() throws(DeliveryFailure) -> Int32 {
        let descriptor = Glibc.open(
            file.path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0o600)
        guard descriptor >= 0 else { throw failure("cannot be opened") }
        do throws(DeliveryFailure) {
            let standing = try standing(descriptor)
            guard standing.st_mode & S_IFMT == S_IFREG else { throw objection("is no regular file") }
            // Made by somebody else beforehand, or a second name of another file: what we write, and cut off, is theirs.
            guard [geteuid(), 0].contains(standing.st_uid) else { throw objection("is another user's") }
            guard standing.st_mode & 0o022 == 0 else { throw objection("can be written by others") }
            guard standing.st_nlink == 1 else { throw objection("has another name") }
        } catch {
            Glibc.close(descriptor)
            throw error
        }
        return descriptor
    }

    private func standing(_ descriptor: Int32) throws(DeliveryFailure) -> stat {
        var standing = stat()
        guard fstat(descriptor, &standing) == 0 else { throw failure("cannot be looked at") }
        return standing
    }

    // MARK: what is there

    /// Takes back what a crash left of a line, and says what of a batch is not there yet.
    private func missing(
        _ records: [MayflyCore.AuditRecord], _ descriptor: Int32
    ) throws(DeliveryFailure) -> [MayflyCore.AuditRecord] {
        guard let first = records.first else { return [] }
        let place = Place(try standing(descriptor))
        if let left = left.withLock({ $0 }), left.place == place, left.last < first.sequence {
            return records
        }
        let tail = try mendedTail(descriptor)
        guard formatter.format == .json else { return records }
        var there: [Int64: String] = [:]
        var last: Int64?
        for part in [try olderTail(), tail] {
            for line in part.split(separator: 0x0A).reversed() {
                guard case .record(let record)? = TrailLine(line) else { continue }
                last = max(last ?? .min, record.seq)
                there[record.seq] = record.hash
                if record.seq <= first.sequence { break }
            }
        }
        // By number and hash: a number alone may be of a log that a restored state has left.
        guard let last, last >= first.sequence else { return records }
        guard there[first.sequence] != nil,
            records.allSatisfy({ there[$0.sequence] == nil || there[$0.sequence] == $0.hash })
        else {
            throw objection("holds another log than that of the state, up to record \(last): move it away")
        }
        return records.filter { there[$0.sequence] == nil }
    }

    private func mendedTail(_ descriptor: Int32) throws(DeliveryFailure) -> [UInt8] {
        let size = Int(try standing(descriptor).st_size)
        var tail = try read(descriptor, size)
        if let byte = tail.last, byte != 0x0A {
            let rest = tail.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
            guard ftruncate(descriptor, off_t(size - tail.count + rest)) == 0 else {
                throw failure("cannot be mended")
            }
            tail.removeSubrange(rest...)
        }
        return tail
    }

    /// The end of PATH.1: a batch may have come there before the file was changed for another.
    private func olderTail() throws(DeliveryFailure) -> [UInt8] {
        let descriptor = Glibc.open(file.path + ".1", O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return [] }
        defer { Glibc.close(descriptor) }
        let standing = try standing(descriptor)
        guard standing.st_mode & S_IFMT == S_IFREG else { return [] }
        return try read(descriptor, Int(standing.st_size))
    }

    private func read(_ descriptor: Int32, _ size: Int) throws(DeliveryFailure) -> [UInt8] {
        let count = min(size, Self.longestTail)
        guard count > 0 else { return [] }
        var tail = [UInt8](repeating: 0, count: count)
        guard pread(descriptor, &tail, count, off_t(size - count)) == count else {
            throw failure("cannot be read")
        }
        return tail
    }

    // MARK: rotation

    private func isToRotate(_ descriptor: Int32, adding count: Int) throws(DeliveryFailure) -> Bool {
        let standing = try standing(descriptor)
        guard standing.st_size > 0 else { return false }
        if let most = file.rotateAt, Int(standing.st_size) + count > most { return true }
        guard let after = file.rotateAfter, after > 0 else { return false }
        let now = Int(timekeeper.now().timeIntervalSince1970)
        return standing.st_mtim.tv_sec / after != now / after
    }

    private var rotating: String { file.path + ".rotating" }

    /// PATH becomes PATH.1, that becomes PATH.2, and so on; the oldest goes. PATH first: where that is refused, the older
    /// ones stay what they are.
    private func rotate() throws(DeliveryFailure) {
        try move(file.path, to: rotating)
        try finishRotation()
    }

    /// What a crash may have left half done.
    private func finishRotation() throws(DeliveryFailure) {
        guard access(rotating, F_OK) == 0 else { return }
        for number in stride(from: file.keep, through: 2, by: -1) {
            try move("\(file.path).\(number - 1)", to: "\(file.path).\(number)")
        }
        try move(rotating, to: file.path + ".1")
    }

    private func move(_ older: String, to newer: String) throws(DeliveryFailure) {
        guard rename(older, newer) == 0 || errno == ENOENT else { throw failure("cannot be rotated") }
    }

    private func objection(_ what: String) -> DeliveryFailure {
        .file("\(file.path.quoted(limit: 100)) \(what)")
    }

    private func failure(_ what: String) -> DeliveryFailure {
        objection("\(what): \(String(cString: strerror(errno)))")
    }
}
