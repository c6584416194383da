/// Somebody, whatever identities they have: what quotas, segregation of duties and four eyes count.
///
/// Named by the configuration's `people`, or by `Identity.key`. The two never meet: a key has a colon, a configured
/// name has none.
package struct Person: RawRepresentable, Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    /// Who an identity is that the configuration does not list.
    package init(_ identity: Identity) { rawValue = identity.key }

    package static func < (a: Person, b: Person) -> Bool { a.rawValue < b.rawValue }
    package var description: String { rawValue }
}
