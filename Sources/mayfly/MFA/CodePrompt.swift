import Foundation
import Glibc
import MayflyAPI

/// Asks for a code on the terminal that the process belongs to, whatever its standard streams are.
enum CodePrompt {
    /// - Parameter isInterrupted: looked at while nothing is typed; where signals are held back, nobody else ends it.
    /// - Returns: six digits; nil where there is no terminal, at its end, or after an interruption.
    static func ask(_ question: String, isInterrupted: @escaping @Sendable () -> Bool = { false }) async
        -> String?
    {
        await withCheckedContinuation { continuation in
            // Whoever types takes their time: not a thread of the pool.
            Thread {
                continuation.resume(returning: read(question, isInterrupted))
            }.start()
        }
    }

    private static func read(_ question: String, _ isInterrupted: () -> Bool) -> String? {
        let terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard terminal >= 0 else { return nil }
        defer { close(terminal) }
        // What was typed before the question was not meant for it.
        tcflush(terminal, TCIFLUSH)
        for _ in 0..<3 {
            guard Console.write(Array("mayfly: \(question): ".utf8), to: terminal) else { return nil }
            guard let line = line(terminal, isInterrupted) else { return nil }
            if let code = digits(line) { return code }
            _ = Console.write(Array("mayfly: a code has six digits\n".utf8), to: terminal)
        }
        return nil
    }

    /// Apps show codes in groups.
    static func digits(_ text: String) -> String? {
        let digits = text.filter { !$0.isWhitespace }
        let isCode = digits.utf8.count == 6 && digits.utf8.allSatisfy { (0x30...0x39).contains($0) }
        return isCode ? digits : nil
    }

    private static func line(_ terminal: Int32, _ isInterrupted: () -> Bool) -> String? {
        var bytes: [UInt8] = []
        while bytes.count < 256 {
            var wait = pollfd(fd: terminal, events: Int16(POLLIN), revents: 0)
            let ready = poll(&wait, 1, 100)
            if isInterrupted() { return nil }
            if ready < 0, errno != EINTR { return nil }
            guard ready > 0 else { continue }
            var byte: UInt8 = 0
            let count = Glibc.read(terminal, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1 else { return nil }
            if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(byte)
        }
        return nil
    }
}
