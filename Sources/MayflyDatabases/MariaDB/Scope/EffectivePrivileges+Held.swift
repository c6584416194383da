import MayflyCore

extension EffectivePrivileges {
    /// What the guard tells of groups: one entry for each place, the broadest first, those of everybody last.
    init(held: [MariaDBHeld]) {
        struct Place: Hashable {
            var level: MariaDBGrant.Level
            var isPublic: Bool
        }
        var words: [Place: Set<String>] = [:]
        for row in held {
            guard case .rights(let grants) = row.what else { continue }
            for grant in grants {
                words[Place(level: grant.level, isPublic: row.source == .everybody), default: []].insert(
                    grant.word)
            }
        }
        let entries = words.map { place, words in
            (
                rank: (place.isPublic ? 10 : 0) + place.level.breadth,
                entry: Entry(
                    kind: place.level.kind, name: place.level.path, privileges: words.sorted(),
                    isPublic: place.isPublic)
            )
        }
        self.init(
            entries.sorted { ($0.rank, ExactText($0.entry.name)) < ($1.rank, ExactText($1.entry.name)) }.map(
                \.entry))
    }
}

extension MariaDBGrant.Level {
    /// In the order in which people read them.
    fileprivate var breadth: Int {
        switch self {
        case .everything: 0
        case .schema: 1
        case .table: 2
        case .routine, .account: 3
        case .column: 4
        }
    }

    fileprivate var kind: String {
        switch self {
        case .everything: "everything"
        case .schema: "schema"
        case .table: "table"
        case .column: "column"
        case .routine(let kind, _, _): kind.rawValue.lowercased()
        case .account: "account"
        }
    }

    /// In backticks, as the guard writes names elsewhere. For people.
    fileprivate var path: String {
        func quoted(_ names: ExactText...) -> String {
            names.map { "`" + $0.description.doubling("`") + "`" }.joined(separator: ".")
        }
        return switch self {
        case .everything: "*.*"
        case .schema(let name): quoted(name)
        case .table(let schema, let name): quoted(schema, name)
        case .column(let schema, let table, let name): quoted(schema, table, name)
        case .routine(_, let schema, let name): quoted(schema, name)
        case .account(let account): account.description
        }
    }
}
