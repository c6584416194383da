import MayflyCore
import SQLClients

/// One privilege of a role as MariaDB and MySQL keep it: a word, and the level that it was granted on. Nothing of it
/// covers anything else: what stands in another place is another grant, and is revoked there.
struct MariaDBGrant: Hashable, Comparable {
    enum Routine: String, Hashable {
        case function = "FUNCTION"
        case procedure = "PROCEDURE"
        case package = "PACKAGE"
        case packageBody = "PACKAGE BODY"
        case library = "LIBRARY"
    }

    /// Names are compared byte by byte, as everywhere in scopes; those of routines without case, as the servers do: make them
    /// with `routine(_:schema:named:)`.
    enum Level: Hashable, CustomStringConvertible {
        case everything
        /// A pattern, as the server keeps it: in `my\_shop` the `_` is one, in `my_shop` it stands for any character
        /// (but not under MySQL's `partial_revokes`).
        case schema(ExactText)
        case table(schema: ExactText, ExactText)
        case column(schema: ExactText, table: ExactText, ExactText)
        case routine(Routine, schema: ExactText, ExactText)
        /// PROXY on an account, as SQL has it.
        case account(ExactText)

        /// For people; never part of a statement.
        var description: String {
            switch self {
            case .everything: "everything"
            case .schema(let schema): "schema \(schema)"
            case .table(let schema, let name): "table \(schema).\(name)"
            case .column(let schema, let table, let name): "column \(schema).\(table).\(name)"
            case .routine(let kind, let schema, let name): "\(kind.rawValue.lowercased()) \(schema).\(name)"
            case .account(let account): "account \(account)"
            }
        }

        static func routine(_ kind: Routine, schema: String, named name: String) -> Level {
            .routine(kind, schema: ExactText(schema), ExactText(name.lowercased()))
        }
    }

    var level: Level
    /// As GRANT has it: `CREATE TEMPORARY TABLES`, `GRANT OPTION`.
    var word: String

    private var key: [ExactText] {
        switch level {
        case .everything: [ExactText("0")]
        case .schema(let schema): [ExactText("1"), schema]
        case .table(let schema, let table): [ExactText("2"), schema, table]
        case .column(let schema, let table, let column): [ExactText("2"), schema, table, column]
        case .routine(let kind, let schema, let name):
            [ExactText("3"), schema, name, ExactText(kind.rawValue)]
        case .account(let account): [ExactText("4"), account]
        }
    }

    static func < (a: Self, b: Self) -> Bool {
        let (left, right) = (a.key, b.key)
        guard left == right else { return left.lexicographicallyPrecedes(right) }
        return order(a.word) < order(b.word)
    }

    /// That of the configuration's privileges; then by name, for those that no configuration gives.
    static func order(_ word: String) -> (Int, String) {
        let known = Privilege(configured: word).flatMap { Privilege.allCases.firstIndex(of: $0) }
        return (known ?? .max, word)
    }

    /// What a row of the server's tables, or of the guard's `held`, says.
    ///
    /// - Parameters:
    ///   - kind: `everything`, `bits` (MariaDB's rights on everything), `schema`, `table`, `column`, `proxy`, or a routine's.
    ///   - rights: as the server has them, by commas.
    static func read(
        kind: String, place: String, name: String, part: String, rights: String
    ) throws(MariaDBError) -> [MariaDBGrant] {
        let level: Level
        switch kind {
        case "bits":
            guard let bits = UInt64(rights) else { throw .unexpectedAnswer("rights are not a number") }
            return MariaDBRight.words(bits: bits).map { MariaDBGrant(level: .everything, word: $0) }
        case "everything": level = .everything
        case "schema": level = .schema(ExactText(place))
        case "table": level = .table(schema: ExactText(place), ExactText(name))
        case "column": level = .column(schema: ExactText(place), table: ExactText(name), ExactText(part))
        case "proxy":
            do throws(EngineFailure) {
                // An anonymous account has no name.
                let user = name.isEmpty ? "''" : try MariaDBQuoting.identifier(name, limit: 128)
                let host = place.isEmpty ? "''" : try MariaDBQuoting.identifier(place, limit: 255)
                level = .account(ExactText("\(user)@\(host)"))
            } catch { throw .unexpectedAnswer(error.message) }
        default:
            guard let routine = Routine(rawValue: kind.uppercased()) else {
                throw .unexpectedAnswer("a right on something that is not known: \(kind.quoted(limit: 40))")
            }
            level = .routine(routine, schema: place, named: name)
        }
        return MariaDBRight.words(rights).map { MariaDBGrant(level: level, word: $0) }
    }

    /// Of a whole table: what a column of it has.
    var ofWholeTable: MariaDBGrant? {
        guard case .column(let schema, let table, _) = level else { return nil }
        return MariaDBGrant(level: .table(schema: schema, table), word: word)
    }
}

/// How a schema's name stands in a grant on all that is in it.
struct MariaDBSchemaPattern {
    /// MySQL's `partial_revokes`: names are names then.
    let isLiteral: Bool

    /// - Returns: nil for a name with a backslash, which no pattern says in the same way on every server.
    func pattern(_ schema: String) -> ExactText? {
        if isLiteral { return ExactText(schema) }
        guard !schema.contains("\\") else { return nil }
        return ExactText(schema.replacing("_", with: "\\_").replacing("%", with: "\\%"))
    }
}

extension ScopeGrant {
    /// All of a schema's is granted on the schema: one grant, which goes for what is made later too.
    var asWhole: ScopeGrant {
        switch target {
        case .tables(let schema, let selection) where selection.isAll,
            .routines(let schema, let selection) where selection.isAll:
            ScopeGrant(.schema(schema), privileges)
        case .level, .schema, .tables, .columns, .sequences, .routines, .databases: self
        }
    }
}
