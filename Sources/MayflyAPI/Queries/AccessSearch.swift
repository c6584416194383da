public import Foundation

/// Which leases a report of access lists, newest first.
public struct AccessSearch: WireQuery {
    /// From then on; 30 days before `to` when left out.
    public var from: Date?
    /// Until then; now when left out.
    public var to: Date?
    /// Only on this database.
    public var database: String?
    /// Only of this profile.
    public var profile: String?
    /// Only of this user, or this person of the configuration.
    public var user: String?
    /// At most so many, 1 to 1,000; 1,000 when left out.
    public var limit: Int?
    /// The `next` of the page before.
    public var after: String?

    /// The parameters' names.
    public static let keys = ["from", "to", "database", "profile", "user", "limit", "after"]

    public init(
        from: Date? = nil, to: Date? = nil, database: String? = nil, profile: String? = nil,
        user: String? = nil, limit: Int? = nil, after: String? = nil
    ) {
        self.from = from
        self.to = to
        self.database = database
        self.profile = profile
        self.user = user
        self.limit = limit
        self.after = after
    }

    public init(_ reader: inout QueryReader) throws(QueryError) {
        from = try reader.date("from")
        to = try reader.date("to")
        database = try reader.string("database")
        profile = try reader.string("profile")
        user = try reader.string("user")
        limit = try reader.integer("limit", in: 1...1000).map { Int($0) }
        after = try reader.string("after")
    }

    public var items: [QueryItem] {
        var writer = QueryWriter()
        writer.add("from", from)
        writer.add("to", to)
        writer.add("database", database)
        writer.add("profile", profile)
        writer.add("user", user)
        writer.add("limit", limit)
        writer.add("after", after)
        return writer.items
    }
}
