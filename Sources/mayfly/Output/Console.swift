import Foundation
import Glibc
import MayflyAPI

/// Standard output for data, standard error for the rest.
enum Console {
    static var outputIsTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
    static var inputIsTerminal: Bool { isatty(STDIN_FILENO) == 1 }

    /// The terminal's columns; nil where output is not a terminal: then nothing is cut.
    static var width: Int? {
        var size = winsize()
        guard outputIsTerminal, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return nil
        }
        return Int(size.ws_col)
    }

    /// Writes a line of data, at once, so that a reader of a pipe sees it.
    /// - Throws: `CommandFailure` when it cannot be written: a result that was lost is no success.
    static func line(_ text: String) throws {
        let bytes = Array((text + "\n").utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                write(STDOUT_FILENO, $0.baseAddress?.advanced(by: sent), bytes.count - sent)
            }
            if count < 0, errno == EINTR { continue }
            // A reader that has seen enough (`| head`) is no failure worth a message.
            if count < 0, errno == EPIPE { throw OutputClosed() }
            guard count > 0 else {
                throw CommandFailure(
                    .internalError, "cannot write to standard output: \(String(cString: strerror(errno)))")
            }
            sent += count
        }
    }

    static func json(_ value: some Encodable, pretty: Bool = true) throws {
        let encoder = MayflyJSON.encoder()
        if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
        try line(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    static func complain(_ message: String, hint: String? = nil) {
        note("error", message)
        if let hint { note("hint", hint) }
    }

    static func hint(_ text: String) { note("hint", text) }

    private static func note(_ kind: String, _ text: String) {
        for line in text.split(separator: "\n") {
            // Nobody reads any more, and there is no other place to say so. `write(_:)` would trap.
            try? FileHandle.standardError.write(
                contentsOf: Data("mayfly: \(kind): \(Escaping.printable(String(line)))\n".utf8))
        }
    }
}
