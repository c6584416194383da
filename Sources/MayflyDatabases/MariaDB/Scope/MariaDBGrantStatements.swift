import MayflyCore

/// GRANT and REVOKE for a group role: a statement for each schema, table and routine, as the servers take no more.
struct MariaDBGrantStatements {
    private let group: String

    init(group: String) throws(EngineFailure) {
        self.group = try MariaDBQuoting.identifier(group, limit: 128)
    }

    /// - Parameter account: as SQL has it.
    init(account: String) throws(EngineFailure) { group = account }

    func grant(_ grants: some Sequence<MariaDBGrant>) throws(EngineFailure) -> [String] {
        try lines(grants).map { "GRANT \($0) TO \(group)" }
    }

    func revoke(_ grants: some Sequence<MariaDBGrant>) throws(EngineFailure) -> [String] {
        try lines(grants).map { "REVOKE \($0) FROM \(group)" }
    }

    /// Whether a statement can name its place: no name with a control character can be quoted.
    static func canName(_ grant: MariaDBGrant) -> Bool {
        do throws(EngineFailure) {
            _ = try place(grant.level)
            if case .column(_, _, let name) = grant.level {
                _ = try MariaDBQuoting.identifier(name.description)
            }
            return true
        } catch { return false }
    }

    /// ``SELECT, UPDATE (`note`) ON `shop`.`orders` ``, one for each place.
    func lines(_ grants: some Sequence<MariaDBGrant>) throws(EngineFailure) -> [String] {
        // By bytes: to Swift two spellings of `é` are equal, to the server they are two tables.
        var places: [(name: ExactText, grants: [MariaDBGrant])] = []
        for grant in grants.sorted() {
            let place = ExactText(try Self.place(grant.level))
            if places.last?.name == place {
                places[places.count - 1].grants.append(grant)
            } else {
                places.append((place, [grant]))
            }
        }
        var lines: [String] = []
        for (place, grants) in places { lines.append("\(try Self.words(grants)) ON \(place)") }
        return lines
    }

    /// Of one place, in order; a privilege on columns is one word with a list.
    private static func words(_ grants: [MariaDBGrant]) throws(EngineFailure) -> String {
        var words: [String] = []
        var columns: [(word: String, names: [String])] = []
        for grant in grants {
            guard case .column(_, _, let name) = grant.level else {
                words.append(grant.word)
                continue
            }
            let quoted = try MariaDBQuoting.identifier(name.description)
            if let index = columns.firstIndex(where: { $0.word == grant.word }) {
                columns[index].names.append(quoted)
            } else {
                columns.append((grant.word, [quoted]))
            }
        }
        columns.sort { MariaDBGrant.order($0.word) < MariaDBGrant.order($1.word) }
        return (words + columns.map { "\($0.word) (\($0.names.joined(separator: ", ")))" }).joined(
            separator: ", ")
    }

    private static func place(_ level: MariaDBGrant.Level) throws(EngineFailure) -> String {
        switch level {
        case .everything: return "*.*"
        case .schema(let pattern):
            return try MariaDBQuoting.identifier(pattern.description, limit: 128) + ".*"
        case .table(let schema, let name), .column(let schema, let name, _): return try path(schema, name)
        case .routine(let kind, let schema, let name): return "\(kind.rawValue) \(try path(schema, name))"
        case .account(let account): return account.description
        }
    }

    private static func path(_ schema: ExactText, _ name: ExactText) throws(EngineFailure) -> String {
        try MariaDBQuoting.identifier(schema.description) + "."
            + (try MariaDBQuoting.identifier(name.description))
    }
}
