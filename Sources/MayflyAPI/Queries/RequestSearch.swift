/// Which requests to list, newest first.
public struct RequestSearch: WireQuery {
    /// In one of these states; all when left out.
    public var states: [RequestState]?
    /// For this profile.
    public var profile: String?
    /// Only the caller's own, also for auditors and administrators.
    public var mine: Bool?
    /// Only what waits for the caller's decision.
    public var toApprove: Bool?
    /// At most so many, 1 to 1,000; 100 when left out.
    public var limit: Int?
    /// The `next` of the page before.
    public var after: String?

    /// The parameters' names.
    public static let keys = ["state", "profile", "mine", "to_approve", "limit", "after"]

    public init(
        states: [RequestState]? = nil, profile: String? = nil, mine: Bool? = nil,
        toApprove: Bool? = nil, limit: Int? = nil, after: String? = nil
    ) {
        self.states = states
        self.profile = profile
        self.mine = mine
        self.toApprove = toApprove
        self.limit = limit
        self.after = after
    }

    public init(_ reader: inout QueryReader) throws(QueryError) {
        states = try reader.codes("state")
        profile = try reader.string("profile")
        mine = try reader.boolean("mine")
        toApprove = try reader.boolean("to_approve")
        limit = try reader.integer("limit", in: 1...1000).map { Int($0) }
        after = try reader.string("after")
    }

    public var items: [QueryItem] {
        var writer = QueryWriter()
        writer.add("state", states)
        writer.add("profile", profile)
        writer.add("mine", mine)
        writer.add("to_approve", toApprove)
        writer.add("limit", limit)
        writer.add("after", after)
        return writer.items
    }
}
