import GRDB
import MayflyCore

/// Under what names the record has one person.
///
/// Each is looked up by itself, so that every statement finds its rows by an index, and counts what one of them has: as
/// a rule that is one.
struct Recorded {
    /// A person's name on record, and, where others may be or have been recorded under it too, which of the identities
    /// there are meant.
    struct Name {
        let person: String
        /// A JSON array; nil for all.
        let keys: String?
    }

    let names: [Name]

    init(_ identities: Identities, _ db: Database) throws {
        let statement = try db.cachedStatement(sql: Self.others)
        let arguments: StatementArguments = [
            try JSONText.encode(identities.keys.sorted()), try JSONText.encode(identities.users.sorted()),
            identities.person.rawValue,
        ]
        let others = try Row.fetchAll(statement, arguments: arguments)
        guard !others.isEmpty else {
            names = [Name(person: identities.person.rawValue, keys: nil)]
            return
        }
        let keys = try JSONText.encode(Set(others.map { $0[1] as String }).sorted())
        names =
            [Name(person: identities.person.rawValue, keys: nil)]
            + Set(others.map { $0[0] as String }).sorted().map { Name(person: $0, keys: keys) }
    }

    /// Values: keys and users, each as a JSON array, and the name that needs no looking up.
    static let others = """
        SELECT person, identity FROM identities WHERE identity IN (
            SELECT value FROM json_each(?) UNION ALL
            SELECT identity FROM identities WHERE user IN (SELECT value FROM json_each(?))
        ) AND person <> ?
        """
}
