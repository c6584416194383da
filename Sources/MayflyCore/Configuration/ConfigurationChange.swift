/// What is other in a configuration than in the one before, by names: for the record.
package struct ConfigurationChange: Sendable, CustomStringConvertible {
    /// Enough for people; the digest of the file tells one configuration from another to the byte.
    private static let longest = 2000

    package let description: String

    package init(from old: Configuration, to new: Configuration) {
        var parts: [String] = []
        func part(_ name: String, _ before: [String: some Equatable], _ after: [String: some Equatable]) {
            let added = after.keys.filter { before[$0] == nil }.sorted().map { "+\($0)" }
            let removed = before.keys.filter { after[$0] == nil }.sorted().map { "-\($0)" }
            let changed = after.keys.filter { key in
                guard let was = before[key], let `is` = after[key] else { return false }
                return !Self.same(was, `is`)
            }.sorted().map { "~\($0)" }
            let all = added + removed + changed
            if !all.isEmpty { parts.append("\(name): \(all.joined(separator: ", "))") }
        }
        part("databases", Self.named(old.databases), Self.named(new.databases))
        part("profiles", Self.named(old.profiles), Self.named(new.profiles))
        part(
            "access", Dictionary(old.access.map { ($0.name, $0) }) { first, _ in first },
            Dictionary(new.access.map { ($0.name, $0) }) { first, _ in first })
        if old.access.map(\.name) != new.access.map(\.name),
            Set(old.access.map(\.name)) == Set(new.access.map(\.name))
        {
            parts.append("access: order")
        }
        let others: [(String, Bool)] = [
            ("administrators", old.administrators == new.administrators),
            ("auditors", old.auditors == new.auditors), ("people", old.people == new.people),
            ("conflicts", old.conflicts == new.conflicts), ("max_ttl", old.maxTTL == new.maxTTL),
            ("identity_issuers", old.issuers == new.issuers),
            ("approval_authorities", old.authorities == new.authorities),
            ("notifications", old.notifications == new.notifications), ("mfa", old.mfa == new.mfa),
            ("audit", old.audit == new.audit),
        ]
        parts += others.filter { !$0.1 }.map(\.0)
        let text = parts.isEmpty ? "nothing" : parts.joined(separator: "; ")
        description = String(text.prefix(Self.longest))
    }

    private static func named<Name: RawRepresentable<String> & Hashable, Value>(_ values: [Name: Value])
        -> [String:
        Value]
    {
        Dictionary(uniqueKeysWithValues: values.map { ($0.key.rawValue, $0.value) })
    }

    private static func same<A: Equatable, B>(_ a: A, _ b: B) -> Bool { b as? A == a }
}
