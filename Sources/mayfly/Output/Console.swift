import Foundation
import Glibc
import MayflyAPI

/// Standard output for data, standard error for the rest.
enum Console {
    static var outputIsTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
    static var errorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }
    static var inputIsTerminal: Bool { isatty(STDIN_FILENO) == 1 }

    /// Whether there is a terminal that this process belongs to, whatever its standard streams are.
    static var hasControllingTerminal: Bool {
        let terminal = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC)
        guard terminal >= 0 else { return false }
        close(terminal)
        return true
    }

    /// The terminal's columns; nil where output is not a terminal: then nothing is cut.
    static var width: Int? {
        var size = winsize()
        guard outputIsTerminal, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return nil
        }
        return Int(size.ws_col)
    }

    /// The terminal's lines.
    static var height: Int? {
        var size = winsize()
        guard outputIsTerminal, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0 else {
            return nil
        }
        return Int(size.ws_row)
    }

    /// Writes to a terminal, as it is.
    static func text(_ text: String) throws {
        guard write(Array(text.utf8), to: STDOUT_FILENO) else { throw OutputClosed() }
    }

    /// Writes a line of data, at once, so that a reader of a pipe sees it.
    /// - Throws: `CommandFailure` when it cannot be written: a result that was lost is no success.
    static func line(_ text: String) throws {
        try data(text + "\n")
    }

    /// Writes data as it is, without a line break of ours.
    static func data(_ text: String) throws {
        guard !write(Array(text.utf8), to: STDOUT_FILENO) else { return }
        // A reader that has seen enough (`| head`) is no failure worth a message.
        if errno == EPIPE { throw OutputClosed() }
        throw CommandFailure(.internalError, "cannot write to standard output: \(SystemError(errno))")
    }

    /// Writes all of it.
    /// - Returns: whether it could; if not, `errno` says why.
    static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress?.advanced(by: sent), bytes.count - sent)
            }
            if count < 0, errno == EINTR { continue }
            // A terminal or pipe that somebody else made non-blocking is waited for.
            if count < 0, errno == EAGAIN {
                var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&wait, 1, -1)
                continue
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
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

    /// What is going on meanwhile.
    static func progress(_ text: String) { note("waiting", text) }

    static func warn(_ text: String) { note("warning", text) }

    private static func note(_ kind: String, _ text: String) {
        for line in text.split(separator: "\n") {
            // Whether somebody still listens is not ours to judge: the terminal may be gone.
            _ = write(Array("mayfly: \(kind): \(Escaping.printable(String(line)))\n".utf8), to: STDERR_FILENO)
        }
    }
}
