/// Why keys cannot be had. Safe to show: never holds what was read or received.
package struct KeySetFailure: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
}
