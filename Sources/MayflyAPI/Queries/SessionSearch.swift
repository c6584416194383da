/// Which sessions to list, newest first.
public struct SessionSearch: WireQuery {
    /// Only those that are open; with false only those that have ended.
    public var live: Bool?
    /// Of this lease.
    public var lease: String?
    /// On this database.
    public var database: String?
    /// Of this user's leases.
    public var user: String?
    /// At most so many, 1 to 1,000; 100 when left out.
    public var limit: Int?
    /// The `next` of the page before.
    public var after: String?

    /// The parameters' names.
    public static let keys = ["live", "lease", "database", "user", "limit", "after"]

    public init(
        live: Bool? = nil, lease: String? = nil, database: String? = nil, user: String? = nil,
        limit: Int? = nil,
        after: String? = nil
    ) {
        self.live = live
        self.lease = lease
        self.database = database
        self.user = user
        self.limit = limit
        self.after = after
    }

    public init(_ reader: inout QueryReader) throws(QueryError) {
        live = try reader.boolean("live")
        lease = try reader.string("lease")
        database = try reader.string("database")
        user = try reader.string("user")
        limit = try reader.integer("limit", in: 1...1000).map { Int($0) }
        after = try reader.string("after")
    }

    public var items: [QueryItem] {
        var writer = QueryWriter()
        writer.add("live", live)
        writer.add("lease", lease)
        writer.add("database", database)
        writer.add("user", user)
        writer.add("limit", limit)
        writer.add("after", after)
        return writer.items
    }
}
