package import MayflyCore
package import MayflyCrypto

/// Cuts the bytes of a log into records. Never holds more of one than its limit, however long it is.
///
/// A line feed ends a record; in csvlog only outside quotes. A statement's text cannot end the quotes that it stands in: the server
/// doubles each of its own, so that their number up to any place in it is odd. Quotes begin where a field does, and end where it does:
/// where they do not, a write was cut (a full disk), and the next line feed ends the record, whatever quotes it may be in.
package struct LogRecordSplitter {
    package struct Record: Sendable {
        /// Without the line feed; the beginning of it where it is longer than the limit.
        package var bytes: [UInt8]
        /// Of the whole, and its SHA-256 where only the beginning is there.
        package var length: Int
        package var sha256: String?
        /// Where it began in its file.
        package var offset: Int64
        /// Its quotes are not as the server writes them: a part of it was lost, and others may be in it.
        package var isMalformed = false

        package var isCut: Bool { sha256 != nil }

        /// By its beginning and end, before anything of it is read: most records are nobody's whom we know.
        func looksWhole(_ format: ServerLogSource.Format) -> Bool {
            switch format {
            case .csvlog:
                bytes.count > 23 && bytes[4] == UInt8(ascii: "-") && bytes[10] == UInt8(ascii: " ")
                    && bytes.prefix(4).allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            case .jsonlog:
                bytes.starts(with: #"{"timestamp":""#.utf8) && (isCut || bytes.last == UInt8(ascii: "}"))
            }
        }
    }

    /// Longer records are cut.
    package static let limit = 1 << 20

    private let format: ServerLogSource.Format
    private let limit: Int
    /// Where the record that is being read began.
    package private(set) var start: Int64
    private var kept: [UInt8] = []
    private var length = 0
    private var hash: RunningSHA256?
    private var quoting = Quoting.outside
    private var last = UInt8(ascii: ",")
    private var isMalformed = false

    private enum Quoting { case outside, inside, atQuote }

    package init(_ format: ServerLogSource.Format, at start: Int64 = 0, limit: Int = LogRecordSplitter.limit)
    {
        self.format = format
        self.start = start
        self.limit = limit
    }

    /// Bytes of a record whose end has not come yet.
    package var unfinished: Int { length }

    /// - Parameter body: gets each record that ends in `chunk`, in order.
    package mutating func take(_ chunk: UnsafeRawBufferPointer, _ body: (Record) -> Void)
        throws(CryptoFailure)
    {
        var begin = 0
        var index = 0
        while index < chunk.count {
            let byte = chunk[index]
            index += 1
            if format == .csvlog { quote(byte) }
            guard byte == UInt8(ascii: "\n"), quoting == .outside || isMalformed else { continue }
            try keep(UnsafeRawBufferPointer(rebasing: chunk[begin..<index - 1]))
            let record = Record(
                bytes: kept, length: length, sha256: try hash?.hex(), offset: start, isMalformed: isMalformed)
            (quoting, last, isMalformed) = (.outside, UInt8(ascii: ","), false)
            // The record and its line feed.
            start += Int64(length) + 1
            (kept, length, hash) = ([], 0, nil)
            begin = index
            if record.length > 0 { body(record) }
        }
        try keep(UnsafeRawBufferPointer(rebasing: chunk[begin...]))
    }

    private mutating func quote(_ byte: UInt8) {
        let isQuote = byte == UInt8(ascii: "\"")
        switch quoting {
        case .outside:
            if isQuote {
                if last != UInt8(ascii: ",") { isMalformed = true }
                quoting = .inside
            }
        case .inside: if isQuote { quoting = .atQuote }
        case .atQuote:
            if isQuote {
                quoting = .inside
            } else {
                if byte != UInt8(ascii: ","), byte != UInt8(ascii: "\n") { isMalformed = true }
                quoting = .outside
            }
        }
        last = byte
    }

    private mutating func keep(_ bytes: UnsafeRawBufferPointer) throws(CryptoFailure) {
        length += bytes.count
        if let hash { return try hash.take(bytes) }
        guard kept.count + bytes.count > limit else { return kept.append(contentsOf: bytes) }
        let hash = try RunningSHA256()
        try hash.take(kept)
        try hash.take(bytes)
        kept.append(contentsOf: bytes.prefix(limit - kept.count))
        self.hash = hash
    }
}
