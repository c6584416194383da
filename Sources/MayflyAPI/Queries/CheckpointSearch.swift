/// Which checkpoints to list, oldest first.
public struct CheckpointSearch: WireQuery {
    /// Only checkpoints with a higher number.
    public var after: Int64?
    /// The last `limit` checkpoints instead of the first.
    public var newest: Bool?
    /// At most so many, 1 to 1,000; 100 when left out.
    public var limit: Int?

    /// The parameters' names.
    public static let keys = ["after", "newest", "limit"]

    public init(after: Int64? = nil, newest: Bool? = nil, limit: Int? = nil) {
        self.after = after
        self.newest = newest
        self.limit = limit
    }

    public init(_ reader: inout QueryReader) throws(QueryError) {
        after = try reader.integer("after", in: 0...Int64.max)
        newest = try reader.boolean("newest")
        limit = try reader.integer("limit", in: 1...1000).map { Int($0) }
    }

    public var items: [QueryItem] {
        var writer = QueryWriter()
        writer.add("after", after)
        writer.add("newest", newest)
        writer.add("limit", limit)
        return writer.items
    }
}
