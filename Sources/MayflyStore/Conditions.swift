import GRDB

/// The terms of a WHERE clause, and the values bound in them.
struct Conditions {
    private var terms: [String] = []
    private(set) var arguments = StatementArguments()

    mutating func add(_ term: String, _ values: [(any DatabaseValueConvertible)?] = []) {
        terms.append(term)
        arguments += StatementArguments(values)
    }

    /// Adds nothing for nil.
    mutating func add(_ term: String, _ value: (any DatabaseValueConvertible)?) {
        if let value { add(term, [value]) }
    }

    /// `column` is one of `values`; none matches nothing.
    mutating func add(_ column: String, oneOf values: [String]) {
        add("\(column) IN (\(Self.marks(values)))", values)
    }

    /// The same for ids and the names of roles (which need no escapes), however many there are: they are one value,
    /// where SQLite binds 32,766 at most.
    mutating func add(_ column: String, among ids: [String]) {
        let list = ids.map { "\"\($0)\"" }.joined(separator: ",")
        add("\(column) IN (SELECT value FROM json_each(?))", "[\(list)]")
    }

    static func marks(_ values: [String]) -> String {
        Array(repeating: "?", count: values.count).joined(separator: ", ")
    }

    var clause: String { terms.isEmpty ? "" : "WHERE " + terms.joined(separator: " AND ") }
}
