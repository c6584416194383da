public import Foundation

/// Where a report looks for what nobody uses.
public struct UnusedSearch: WireQuery {
    /// From then on; 30 days before `to` when left out.
    public var from: Date?
    /// Until then; now when left out.
    public var to: Date?
    /// Only on this database.
    public var database: String?
    /// Only of this profile.
    public var profile: String?

    /// The parameters' names.
    public static let keys = ["from", "to", "database", "profile"]

    public init(
        from: Date? = nil, to: Date? = nil, database: String? = nil, profile: String? = nil
    ) {
        self.from = from
        self.to = to
        self.database = database
        self.profile = profile
    }

    public init(_ reader: inout QueryReader) throws(QueryError) {
        from = try reader.date("from")
        to = try reader.date("to")
        database = try reader.string("database")
        profile = try reader.string("profile")
    }

    public var items: [QueryItem] {
        var writer = QueryWriter()
        writer.add("from", from)
        writer.add("to", to)
        writer.add("database", database)
        writer.add("profile", profile)
        return writer.items
    }
}
