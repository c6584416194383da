import Foundation
import MayflyCore
import MayflyCrypto

/// The file that holds the key for second factors: 32 random bytes as they are, or in base64 or hexadecimal digits with a
/// line feed after them.
///
///     mayflyd mfa new-key /etc/mayfly/mfa.key      # or: openssl rand -base64 32
enum KeyFile {
    struct Failure: Error, Equatable {
        var message: String
        var fix: String
    }

    /// Longer than any form of a key.
    private static let limit = 256

    /// - Throws: what is wrong with it. Never says anything of its content.
    static func read(_ path: String, uid: UInt32) throws(Failure) -> SealingKey {
        let shown = path.quoted(limit: 80)
        // Not blocked by a FIFO that lies there.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw errno == ENOENT || errno == ENOTDIR
                ? Failure(
                    message: "there is no file \(shown)",
                    fix: "make one as the daemon's user: mayflyd mfa new-key \(path)")
                : Failure(
                    message: "\(shown) cannot be read: \(SystemMessage(errno))",
                    fix: "chown it to the daemon's user")
        }
        defer { close(descriptor) }
        // What was looked at is what is read.
        if let objection = SecretFile.objection(toDescriptor: descriptor, shown: shown, uid: uid) {
            throw Failure(message: objection.message, fix: objection.fix.replacing("password", with: "key"))
        }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: limit, alignment: 1)
        defer {
            if let base = buffer.baseAddress { explicit_bzero(base, buffer.count) }
            buffer.deallocate()
        }
        let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        guard count >= 0 else {
            throw Failure(
                message: "\(shown) cannot be read: \(SystemMessage(errno))", fix: "mend its file system")
        }
        var key = decoded(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        defer {
            key.withUnsafeMutableBytes { if let base = $0.baseAddress { explicit_bzero(base, $0.count) } }
        }
        guard key.count == SealingKey.length else {
            throw Failure(
                message: "\(shown) holds no key",
                fix: "32 random bytes, as they are or in base64 or hexadecimal: mayflyd mfa new-key makes one"
            )
        }
        do throws(CryptoFailure) {
            return try SealingKey(copying: key)
        } catch { throw Failure(message: "\(error)", fix: "try again") }
    }

    /// Makes a file that only its owner reads.
    static func make(_ path: String) throws {
        var text = Array(Data(try SealingKey.random()).base64EncodedString().utf8) + [UInt8(ascii: "\n")]
        defer {
            text.withUnsafeMutableBytes { if let base = $0.baseAddress { explicit_bzero(base, $0.count) } }
        }
        // Never over another: what was sealed with that would be lost.
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw Failure(
                message: "\(path.quoted(limit: 80)) cannot be made: \(SystemMessage(errno))",
                fix: errno == EEXIST
                    ? "it stays as it is: second factors may be sealed with it" : "name another place")
        }
        defer { close(descriptor) }
        guard write(descriptor, text, text.count) == text.count, fsync(descriptor) == 0 else {
            throw Failure(
                message: "\(path.quoted(limit: 80)) cannot be written: \(SystemMessage(errno))",
                fix: "remove it, and make it anew")
        }
    }

    /// Nothing where it is none of the three forms.
    private static func decoded(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        if bytes.count == SealingKey.length { return Array(bytes) }
        var text = bytes
        if text.last == UInt8(ascii: "\n") { text = UnsafeRawBufferPointer(rebasing: text.dropLast()) }
        switch text.count {
        case 2 * SealingKey.length:
            return stride(from: 0, to: text.count, by: 2).compactMap { index in
                guard let high = digit(text[index]), let low = digit(text[index + 1]) else { return nil }
                return high << 4 | low
            }
        case 44: return Data(base64Encoded: Data(text)).map { [UInt8]($0) } ?? []
        default: return []
        }
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}

extension KeyFile.Failure: CustomStringConvertible {
    var description: String { "\(message) — \(fix)" }
}
