import Foundation

/// What the system said no with.
struct SystemError: Error, CustomStringConvertible {
    /// As in errno(3).
    let number: Int32

    init(_ number: Int32) {
        self.number = number
    }

    var description: String { String(cString: strerror(number)) }
}
