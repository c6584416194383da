/// Text that is compared byte by byte, as names of servers are.
package struct ExactText: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ text: String) { description = text }

    package static func == (a: Self, b: Self) -> Bool { a.description.utf8.elementsEqual(b.description.utf8) }

    package func hash(into hasher: inout Hasher) {
        for byte in description.utf8 { hasher.combine(byte) }
        hasher.combine(UInt8(0xFF))
    }

    package static func < (a: Self, b: Self) -> Bool {
        a.description.utf8.lexicographicallyPrecedes(b.description.utf8)
    }
}
