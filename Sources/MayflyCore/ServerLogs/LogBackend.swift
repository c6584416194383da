package import Foundation

/// Which process of the server wrote a line: PostgreSQL's `session_id`, `6b0dfd13.34db`.
package struct LogBackend: Hashable, Sendable, RawRepresentable, Codable {
    /// When it began, in seconds since 1970 by the server's clock.
    package let start: Int64
    package let pid: Int64

    /// Two hexadecimal numbers, of a moment before the year 2242 and of a process.
    package init?(rawValue: String) {
        let parts = rawValue.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2,
            parts.allSatisfy({ (1...16).contains($0.utf8.count) && $0.utf8.allSatisfy(\.isHex) }),
            let start = Int64(parts[0], radix: 16), let pid = Int64(parts[1], radix: 16),
            // Whoever writes in the log could have us count past what a number holds.
            (0..<1 << 33).contains(start), (1..<1 << 31).contains(pid)
        else { return nil }
        self.start = start
        self.pid = pid
    }

    package init(start: Int64, pid: Int64) {
        self.start = start
        self.pid = pid
    }

    package var rawValue: String { String(start, radix: 16) + "." + String(pid, radix: 16) }
    package var startedAt: Date { Date(timeIntervalSince1970: TimeInterval(start)) }

    /// Whether it is that session: the server tells both when it began, of which the log has the seconds only.
    package func isOf(_ key: SessionKey) -> Bool {
        key.number == pid && key.host.isEmpty && key.since.flooredSeconds == start
    }
}

extension Int64 {
    /// Of milliseconds.
    fileprivate var flooredSeconds: Int64 { self >= 0 ? self / 1000 : (self - 999) / 1000 }
}

extension UInt8 {
    fileprivate var isHex: Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self)
            || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self)
    }
}
