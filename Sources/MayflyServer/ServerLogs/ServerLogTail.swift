import Glibc
import MayflyCore
import MayflyCrypto

/// One file of a log, open, from a cursor to its end. Its descriptor stays the file's, whatever becomes of the name: what is
/// written before the server turns to another is read after it was renamed or removed. Blocking.
final class ServerLogTail {
    private let descriptor: Int32
    private var splitter: LogRecordSplitter
    private(set) var cursor: LogCursor
    /// How far its bytes were read.
    private var position: Int64
    /// How many bytes the last read brought.
    private(set) var lastRead = 0
    private let format: ServerLogSource.Format

    /// Takes the descriptor over. The file is as the cursor says, or is read from its beginning.
    init(descriptor: Int32, _ cursor: LogCursor, _ format: ServerLogSource.Format) {
        self.descriptor = descriptor
        self.cursor = cursor
        self.format = format
        position = cursor.offset
        splitter = LogRecordSplitter(format, at: cursor.offset)
    }

    deinit { close(descriptor) }

    func rename(_ name: String) { cursor.name = name }

    /// From here on nothing that follows a damaged record is beyond doubt.
    func doubt() { if format == .csvlog { cursor.isDoubtful = true } }

    var status: stat? {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? status : nil
    }

    /// Bytes of a record whose end has not come.
    var unfinished: Int { splitter.unfinished }

    /// Whether the beginning is still the one that the cursor knows.
    func isSame() throws(ServerLogTrouble) -> Bool {
        guard cursor.headLength > 0 else { return true }
        return try head(cursor.headLength) == cursor.headHash
    }

    /// The end of a record that was being written is gone again.
    func hasShrunk(below size: Int64) -> Bool { size < position }

    /// Reads the record anew that is being written.
    func rewind() {
        position = cursor.offset
        splitter = LogRecordSplitter(format, at: cursor.offset)
    }

    /// It is read anew from its beginning.
    func restart() {
        cursor = LogCursor(file: cursor.file, name: cursor.name)
        position = 0
        splitter = LogRecordSplitter(format)
    }

    /// - Returns: the records of the next bytes; nil at the end.
    func read(_ buffer: UnsafeMutableRawBufferPointer) throws(ServerLogTrouble) -> [LogRecordSplitter.Record]?
    {
        let count = pread(descriptor, buffer.baseAddress, buffer.count, off_t(position))
        guard count >= 0 else {
            if errno == EINTR { return [] }
            throw ServerLogTrouble(.failed, "cannot be read: \(String(cString: strerror(errno)))")
        }
        guard count > 0 else {
            try learn(cursor.offset)
            return nil
        }
        position += Int64(count)
        lastRead = count
        var records: [LogRecordSplitter.Record] = []
        do throws(CryptoFailure) {
            try splitter.take(UnsafeRawBufferPointer(rebasing: buffer[..<count])) { records.append($0) }
        } catch { throw ServerLogTrouble(.failed, "cannot be hashed") }
        // Last: when it fails, all of this is read again.
        try learn(splitter.start)
        cursor.offset = splitter.start
        return records
    }

    /// As much of the beginning as was read by now, also of a file that was over when it was first seen.
    private func learn(_ offset: Int64) throws(ServerLogTrouble) {
        let known = min(Int64(LogCursor.headLimit), offset)
        if cursor.headLength < known, let hash = try head(Int(known)) {
            (cursor.headLength, cursor.headHash) = (Int(known), hash)
        }
    }

    /// The SHA-256 of the first bytes; nil where there are not so many.
    private func head(_ length: Int) throws(ServerLogTrouble) -> String? {
        var bytes = [UInt8](repeating: 0, count: length)
        guard pread(descriptor, &bytes, length, 0) == length else { return nil }
        do throws(CryptoFailure) { return try SHA256Digest(hashing: bytes).hex } catch {
            throw ServerLogTrouble(.failed, "cannot be hashed")
        }
    }
}
