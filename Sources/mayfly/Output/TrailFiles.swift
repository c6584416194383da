import Foundation
import Glibc
import MayflyAPI
import MayflyCore
import MayflyCrypto
import MayflyTrail

/// What `audit verify` is given as files.
enum TrailFiles {
    /// Longer than any record.
    private static let longest = 16 << 20

    /// Each line without its line feed; `-` is standard input.
    static func lines<Failure: Error>(
        of path: String, _ take: ([UInt8]) throws(Failure) -> Void
    ) throws {
        let descriptor = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(path) }
        defer { close(descriptor) }
        var rest: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw unreadable(path) }
            guard count > 0 else { break }
            var begin = 0
            while let end = chunk[begin..<count].firstIndex(of: 0x0A) {
                try take(rest + chunk[begin..<end])
                rest = []
                begin = end + 1
            }
            rest += chunk[begin..<count]
            guard rest.count <= longest else {
                throw CommandFailure(.refusedValue, "\(path): a line is longer than any audit record")
            }
        }
        if !rest.isEmpty { try take(rest) }
    }

    /// The checkpoints of a file; what is none, records or what a crash left of a line, is passed over.
    static func checkpoints(_ path: String) throws -> [SignedCheckpoint] {
        var found: [SignedCheckpoint] = []
        try lines(of: path) { line throws(Never) in
            if case .checkpoint(let checkpoint)? = TrailLine(line) { found.append(checkpoint) }
        }
        guard !found.isEmpty else {
            throw CommandFailure(.refusedValue, "\(path): there is no checkpoint in it")
        }
        return found
    }

    static func key(_ path: String) throws -> SigningPublicKey {
        var text = ""
        try lines(of: path) { line throws(Never) in text += String(decoding: line, as: UTF8.self) + "\n" }
        guard let key = SigningPublicKey(reading: text) else {
            throw CommandFailure(
                .refusedValue, "\(path): there is no public key in it",
                hint: "what 'mayflyd audit public-key' prints: PEM, or 64 hexadecimal digits")
        }
        return key
    }

    private static func unreadable(_ path: String) -> CommandFailure {
        CommandFailure(.notFound, "\(path) cannot be read: \(SystemError(errno))")
    }
}
