import Glibc

/// The password of the broker's own account on a server: bytes outside of Swift's strings, zeroed in `deinit`.
///
/// Shared by the connections of a pool, hence a class; never `Codable`, never printed.
package final class AccountPassword: Sendable, CustomStringConvertible, CustomReflectable {
    // The memory is written in `init` only and read until `deinit`; nobody else has the pointer.
    nonisolated(unsafe) private let bytes: UnsafeMutableRawBufferPointer

    /// Copies the bytes; the caller zeroes its own copy.
    package init(copying source: some Sequence<UInt8>) {
        let copy = Array(source)
        bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: copy.count + 1, alignment: 1)
        bytes.copyBytes(from: copy)
        bytes[copy.count] = 0
        if let base = bytes.baseAddress { _ = mlock(base, bytes.count) }
        copy.withUnsafeBytes { buffer in
            // The only reference to `copy` is ours: zeroing it in place changes nobody else's value.
            if let base = buffer.baseAddress {
                explicit_bzero(UnsafeMutableRawPointer(mutating: base), buffer.count)
            }
        }
    }

    deinit {
        if let base = bytes.baseAddress {
            explicit_bzero(base, bytes.count)
            _ = munlock(base, bytes.count)
        }
        bytes.deallocate()
    }

    package var isEmpty: Bool { bytes.count <= 1 }

    /// Whether the password has a NUL, which no C library would take in full.
    package var containsNUL: Bool { bytes.dropLast().contains(0) }

    /// Lends the password as a C string. It is valid within `body` only.
    package func withCString<R, E: Error>(_ body: (UnsafePointer<CChar>) throws(E) -> R) throws(E) -> R {
        // `bytes` has at least the closing NUL, so there is a base address, bound to one type ever.
        let pointer = UnsafeRawPointer(bytes.baseAddress!).assumingMemoryBound(to: CChar.self)
        return try body(pointer)
    }

    /// Lends its bytes, without the closing NUL. They are valid within `body` only.
    package func withBytes<R: ~Copyable, E: Error>(
        _ body: (UnsafeRawBufferPointer) throws(E) -> R
    ) throws(E) -> R {
        try body(UnsafeRawBufferPointer(rebasing: bytes.dropLast()))
    }

    package var description: String { "••••" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
