/// Why the socket is not served. Safe to show; says what to do.
package struct SocketFailure: Error, Hashable, Sendable, CustomStringConvertible {
    package let message: String

    package init(_ message: String) { self.message = message }

    package var description: String { message }
}
