import Foundation

/// Text that is compared byte by byte, as names of servers are.
package struct ExactText: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ text: String) { description = text }

    package static func == (a: Self, b: Self) -> Bool { order(a.description, b.description) == 0 }

    package func hash(into hasher: inout Hasher) {
        var text = description
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        hasher.combine(UInt8(0xFF))
    }

    package static func < (a: Self, b: Self) -> Bool { order(a.description, b.description) < 0 }

    /// Below, at or above 0, as `a` comes before, is or comes after `b`. A plan for thousands of tables asks this millions of
    /// times.
    static func order(_ a: String, _ b: String) -> Int {
        var a = a
        var b = b
        return a.withUTF8 { left in
            b.withUTF8 { right in
                let count = min(left.count, right.count)
                if count > 0, let first = left.baseAddress, let second = right.baseAddress {
                    let order = memcmp(first, second, count)
                    if order != 0 { return Int(order) }
                }
                return left.count - right.count
            }
        }
    }
}
