/// Which login roles to list, or where to look for one.
public struct RoleSearch: WireQuery {
    /// On this database.
    public var database: String?

    /// The parameters' names.
    public static let keys = ["database"]

    public init(database: String? = nil) {
        self.database = database
    }

    public init(_ reader: inout QueryReader) throws(QueryError) {
        database = try reader.string("database")
    }

    public var items: [QueryItem] {
        var writer = QueryWriter()
        writer.add("database", database)
        return writer.items
    }
}
