/// Six digits that an app shows: parsed, not yet checked.
///
/// A code works once, but until it was used it is worth as much as a password: it is never shown, logged or recorded.
package struct OneTimeCode: Hashable, Sendable, CustomStringConvertible {
    package static let length = 6
    /// ASCII.
    package let digits: [UInt8]

    /// Six ASCII digits, nothing else.
    package init?(_ text: String) {
        let digits = Array(text.utf8)
        guard digits.count == Self.length, digits.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        self.digits = digits
    }

    /// The last six decimal digits of a number.
    package init(number: UInt32) {
        var rest = number
        var digits = [UInt8](repeating: 0x30, count: Self.length)
        for index in digits.indices.reversed() {
            digits[index] = 0x30 + UInt8(rest % 10)
            rest /= 10
        }
        self.digits = digits
    }

    /// For the app's side, in tests.
    package var text: String { String(decoding: digits, as: UTF8.self) }

    package var description: String { "a code" }
}
