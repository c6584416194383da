/// A shorthand for grants on a whole schema; see `ScopeGrant.expanded(for:)` for what each gives.
package enum AccessLevel: String, Sendable, Codable, CaseIterable, Comparable, CustomStringConvertible {
    case read, write, ddl

    package var description: String { rawValue }

    package static func < (a: Self, b: Self) -> Bool { a.position < b.position }
    private var position: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
