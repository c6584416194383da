/// A pattern for a whole text: `*` stands for any characters, none included; all others stand for themselves.
///
///     Glob("refs/heads/*").matches("refs/heads/main")        // true
///     Glob("acme/*").matches("evil/acme/orders")             // false: it is anchored at both ends
///
/// Compared byte by byte: upper and lower case differ, and so do texts that only look the same. Each part between
/// two stars is looked for once, from the left, so there is no text that takes long.
package struct Glob: Hashable, Sendable, Codable, ExpressibleByStringLiteral, CustomStringConvertible {
    package let pattern: String

    package init(_ pattern: String) { self.pattern = pattern }
    package init(stringLiteral value: String) { self.init(value) }
    package init(_ name: some ConfiguredName) { self.init(name.rawValue) }

    /// Stands for one text only.
    package var isExact: Bool { !pattern.utf8.contains(Self.star) }

    package func matches(_ text: String) -> Bool {
        let parts = pattern.utf8.split(separator: Self.star, omittingEmptySubsequences: false)
        var rest = Array(text.utf8)[...]
        guard let first = parts.first, let last = parts.last, parts.count > 1 else {
            return rest.elementsEqual(pattern.utf8)
        }
        guard rest.starts(with: first) else { return false }
        rest = rest.dropFirst(first.count)
        // The end is taken before the middle is looked at, so that the two never share a byte.
        guard rest.count >= last.count, rest.suffix(last.count).elementsEqual(last) else { return false }
        rest = rest.dropLast(last.count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let found = rest.firstRange(of: Array(part)) else { return false }
            rest = rest[found.upperBound...]
        }
        return true
    }

    package static func == (a: Self, b: Self) -> Bool { a.pattern.utf8.elementsEqual(b.pattern.utf8) }
    package func hash(into hasher: inout Hasher) { hasher.combine(Array(pattern.utf8)) }

    package var description: String { pattern }

    package init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(pattern)
    }

    private static let star = UInt8(ascii: "*")
}
