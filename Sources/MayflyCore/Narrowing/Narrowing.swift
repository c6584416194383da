/// The part of a profile's scope that a request asks for: some tables, or some columns of them.
///
///     try Narrowing(tables: ["sales.orders"], columns: ["customers.id", "customers.name"])
///
/// What may be done with them is what the profile's groups may do there, and never more: that is for the server to hold it
/// against, as it alone knows what a group has. A table without a schema is the one of that name on which the groups have
/// something. Equal narrowings are equal values, in whatever order they were asked for.
package struct Narrowing: Hashable, Sendable, Codable {
    package struct Table: Hashable, Sendable, Codable {
        /// Nil: whichever the groups have something in.
        package let schema: String?
        package let table: String
        /// Sorted, each once; nil for all.
        package let columns: [String]?
    }

    /// Sorted, each once.
    package let tables: [Table]

    /// In one narrowing.
    package static let mostTables = 100
    package static let mostColumns = 200

    /// - Parameters:
    ///   - tables: `TABLE` or `SCHEMA.TABLE`, see `DottedName`.
    ///   - columns: `TABLE.COLUMN` or `SCHEMA.TABLE.COLUMN`.
    /// - Returns: nil where neither is given: the whole of the profile's scope.
    /// - Throws: `invalid_request`, naming `tables` or `columns`.
    package init?(tables: [String]?, columns: [String]?) throws(Refusal) {
        if tables == nil, columns == nil { return nil }
        var whole: Set<Name> = []
        for text in tables ?? [] {
            let parts = try Self.parts(text, 1...2, field: "tables", form: "TABLE or SCHEMA.TABLE")
            whole.insert(Name(schema: parts.count == 2 ? parts[0] : nil, table: parts[parts.count - 1]))
        }
        var parted: [Name: Set<String>] = [:]
        for text in columns ?? [] {
            let parts = try Self.parts(
                text, 2...3, field: "columns", form: "TABLE.COLUMN or SCHEMA.TABLE.COLUMN")
            let name = Name(schema: parts.count == 3 ? parts[0] : nil, table: parts[parts.count - 2])
            parted[name, default: []].insert(parts[parts.count - 1])
        }
        try Self.check(whole, parted, isEmpty: (tables?.isEmpty ?? false) || (columns?.isEmpty ?? false))
        let all =
            whole.map { Table(schema: $0.schema, table: $0.table, columns: nil) }
            + parted.map { Table(schema: $0.schema, table: $0.table, columns: $1.sorted()) }
        self.tables = all.sorted { ($0.schema ?? "", $0.table) < ($1.schema ?? "", $1.table) }
    }

    private struct Name: Hashable {
        let schema: String?
        let table: String
    }

    private static func check(
        _ whole: Set<Name>, _ parted: [Name: Set<String>], isEmpty: Bool
    ) throws(Refusal) {
        guard !isEmpty else {
            throw Refusal(
                .invalidRequest, "a narrowed request names no table", field: "tables",
                hint: "leave it out for all that the profile gives")
        }
        if let both = parted.keys.first(where: whole.contains) {
            throw Refusal(
                .invalidRequest, "\(both.table.quoted()) is asked for as a whole and by columns",
                field: "columns", hint: "name a table once: whole, or by its columns")
        }
        guard whole.count + parted.count <= mostTables, parted.values.allSatisfy({ $0.count <= mostColumns })
        else {
            throw Refusal(
                .invalidRequest, "a narrowed request names too much", field: "tables",
                hint: "at most \(mostTables) tables, and \(mostColumns) columns of each")
        }
    }

    private static func parts(
        _ text: String, _ count: ClosedRange<Int>, field: String, form: String
    ) throws(Refusal) -> [String] {
        guard let parts = DottedName.parse(text), count.contains(parts.count) else {
            throw Refusal(
                .invalidRequest, "\(text.quoted()) is not \(form)", field: field,
                hint:
                    "names are those of the catalogue, to the letter, of 63 bytes at most; one with a dot or a"
                    + " comma stands in double quotes")
        }
        return parts
    }

    /// The whole tables as they were asked for.
    package var wholeTables: [String] {
        tables.filter { $0.columns == nil }.map { DottedName.text([$0.schema, $0.table]) }
    }

    /// The single columns as they were asked for.
    package var singleColumns: [String] {
        tables.flatMap { table in
            (table.columns ?? []).map { DottedName.text([table.schema, table.table, $0]) }
        }
    }

    /// For people and the record: `sales.orders, customers (id, name)`.
    package var text: String {
        tables.map { table in
            let name = DottedName.text([table.schema, table.table])
            guard let columns = table.columns else { return name }
            return "\(name) (\(columns.map { DottedName.text([$0]) }.joined(separator: ", ")))"
        }.joined(separator: ", ")
    }
}
