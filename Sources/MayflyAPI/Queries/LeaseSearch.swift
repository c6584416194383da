/// Which leases to list, newest first.
public struct LeaseSearch: WireQuery {
    /// In one of these states; all when left out.
    public var states: [LeaseState]?
    /// Of this profile.
    public var profile: String?
    /// On this database.
    public var database: String?
    /// Of this user.
    public var requester: String?
    /// With this login role.
    public var role: String?
    /// Whose id begins so: at least 4 characters.
    public var idPrefix: String?
    /// Only the caller's own, also for auditors and administrators.
    public var mine: Bool?
    /// At most so many, 1 to 1,000; 100 when left out.
    public var limit: Int?
    /// The `next` of the page before.
    public var after: String?

    /// The parameters' names.
    public static let keys = [
        "state", "profile", "database", "requester", "role", "id_prefix", "mine", "limit", "after",
    ]

    public init(
        states: [LeaseState]? = nil, profile: String? = nil, database: String? = nil,
        requester: String? = nil, role: String? = nil, idPrefix: String? = nil, mine: Bool? = nil,
        limit: Int? = nil, after: String? = nil
    ) {
        self.states = states
        self.profile = profile
        self.database = database
        self.requester = requester
        self.role = role
        self.idPrefix = idPrefix
        self.mine = mine
        self.limit = limit
        self.after = after
    }

    public init(_ reader: inout QueryReader) throws(QueryError) {
        states = try reader.codes("state")
        profile = try reader.string("profile")
        database = try reader.string("database")
        requester = try reader.string("requester")
        role = try reader.string("role")
        idPrefix = try reader.string("id_prefix")
        mine = try reader.boolean("mine")
        limit = try reader.integer("limit", in: 1...1000).map { Int($0) }
        after = try reader.string("after")
    }

    public var items: [QueryItem] {
        var writer = QueryWriter()
        writer.add("state", states)
        writer.add("profile", profile)
        writer.add("database", database)
        writer.add("requester", requester)
        writer.add("role", role)
        writer.add("id_prefix", idPrefix)
        writer.add("mine", mine)
        writer.add("limit", limit)
        writer.add("after", after)
        return writer.items
    }
}
