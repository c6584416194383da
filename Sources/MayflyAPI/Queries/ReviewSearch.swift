/// Which reviews to list, newest first.
public struct ReviewSearch: WireQuery {
    /// In one of these states; all when left out.
    public var states: [ReviewState]?
    /// Only those of the caller's own break-glass.
    public var mine: Bool?
    /// At most so many, 1 to 1,000; 100 when left out.
    public var limit: Int?
    /// The `next` of the page before.
    public var after: String?

    /// The parameters' names.
    public static let keys = ["state", "mine", "limit", "after"]

    public init(
        states: [ReviewState]? = nil, mine: Bool? = nil, limit: Int? = nil, after: String? = nil
    ) {
        self.states = states
        self.mine = mine
        self.limit = limit
        self.after = after
    }

    public init(_ reader: inout QueryReader) throws(QueryError) {
        states = try reader.codes("state")
        mine = try reader.boolean("mine")
        limit = try reader.integer("limit", in: 1...1000).map { Int($0) }
        after = try reader.string("after")
    }

    public var items: [QueryItem] {
        var writer = QueryWriter()
        writer.add("state", states)
        writer.add("mine", mine)
        writer.add("limit", limit)
        writer.add("after", after)
        return writer.items
    }
}
