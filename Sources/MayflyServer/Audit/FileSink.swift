import Dispatch
import Foundation
import Glibc
import MayflyAPI
package import MayflyCore
package import MayflyTrail

/// Appends records to a file, a line each, synced before they count as delivered.
///
/// The file is opened for each batch: what `logrotate` moves away or truncates is left alone, and a new one begun. By
/// itself it begins a new one before it would grow beyond a size, or in another period of the clock (a day's file ends with
/// the day, UTC); the old ones are PATH.1, PATH.2, …. What a crash left of a line is taken back; in the form that has
/// numbers to tell by (`json`) nothing is written twice.
package final class FileSink: AuditSink {
    /// Longer than any record.
    private static let longestLine = 4 << 20

    private let file: AuditExporter.File
    private let formatter: AuditFormatter
    private let timekeeper: Timekeeper
    private let queue = DispatchQueue(label: "mayfly.file-sink")

    package init(_ file: AuditExporter.File, formatter: AuditFormatter, timekeeper: Timekeeper) {
        self.file = file
        self.formatter = formatter
        self.timekeeper = timekeeper
    }

    package func close() async {}

    package func deliver(_ records: [MayflyCore.AuditRecord]) async throws(DeliveryFailure) {
        let result = await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: self.append(records)) }
        }
        try result.get()
    }

    private func append(_ records: [MayflyCore.AuditRecord]) -> Result<Void, DeliveryFailure> {
        do throws(DeliveryFailure) {
            var descriptor = try open()
            defer { Glibc.close(descriptor) }
            let written = try mend(descriptor)
            var bytes: [UInt8] = []
            for record in records where record.sequence > written ?? 0 {
                do { bytes += try formatter.line(record) + [0x0A] } catch { throw .internal }
            }
            guard !bytes.isEmpty else { return .success(()) }
            if try isToRotate(descriptor, adding: bytes.count) {
                try rotate()
                let fresh = try open()
                Glibc.close(descriptor)
                descriptor = fresh
            }
            var sent = 0
            while sent < bytes.count {
                let count = bytes.withUnsafeBytes {
                    Glibc.write(descriptor, $0.baseAddress?.advanced(by: sent), bytes.count - sent)
                }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw failure("cannot be written") }
                sent += count
            }
            guard fsync(descriptor) == 0 else { throw failure("cannot be synced") }
            return .success(())
        } catch { return .failure(error) }
    }

    private func open() throws(DeliveryFailure) -> Int32 {
        let descriptor = Glibc.open(
            file.path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0o600)
        guard descriptor >= 0 else { throw failure("cannot be opened") }
        var standing = stat()
        guard fstat(descriptor, &standing) == 0, standing.st_mode & S_IFMT == S_IFREG else {
            Glibc.close(descriptor)
            throw .file("\(file.path.quoted(limit: 100)) is no regular file")
        }
        return descriptor
    }

    /// Takes back what a crash left of a line.
    /// - Returns: the last record in it, where that can be told.
    private func mend(_ descriptor: Int32) throws(DeliveryFailure) -> Int64? {
        var standing = stat()
        guard fstat(descriptor, &standing) == 0 else { throw failure("cannot be looked at") }
        let size = Int(standing.st_size)
        guard size > 0 else { return nil }
        let count = min(size, Self.longestLine)
        var tail = [UInt8](repeating: 0, count: count)
        guard pread(descriptor, &tail, count, off_t(size - count)) == count else {
            throw failure("cannot be read")
        }
        if tail.last != 0x0A {
            let rest = tail.reversed().firstIndex(of: 0x0A).map { $0.base } ?? 0
            guard ftruncate(descriptor, off_t(size - count + rest)) == 0 else {
                throw failure("cannot be mended")
            }
            tail.removeSubrange(rest...)
        }
        guard formatter.format == .json else { return nil }
        for line in tail.split(separator: 0x0A).reversed() {
            if case .record(let record)? = TrailLine(line) { return record.seq }
        }
        return nil
    }

    private func isToRotate(_ descriptor: Int32, adding count: Int) throws(DeliveryFailure) -> Bool {
        var standing = stat()
        guard fstat(descriptor, &standing) == 0 else { throw failure("cannot be looked at") }
        guard standing.st_size > 0 else { return false }
        if let most = file.rotateAt, Int(standing.st_size) + count > most { return true }
        guard let after = file.rotateAfter, after > 0 else { return false }
        let now = Int(timekeeper.now().timeIntervalSince1970)
        return standing.st_mtim.tv_sec / after != now / after
    }

    /// PATH becomes PATH.1, that becomes PATH.2, and so on; the oldest goes.
    private func rotate() throws(DeliveryFailure) {
        for number in stride(from: file.keep, through: 1, by: -1) {
            let older = number == 1 ? file.path : "\(file.path).\(number - 1)"
            guard rename(older, "\(file.path).\(number)") == 0 || errno == ENOENT else {
                throw failure("cannot be rotated")
            }
        }
    }

    private func failure(_ what: String) -> DeliveryFailure {
        .file("\(file.path.quoted(limit: 100)) \(what): \(String(cString: strerror(errno)))")
    }
}
