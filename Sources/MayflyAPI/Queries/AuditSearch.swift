public import Foundation

/// Which audit records to list or follow, oldest first.
public struct AuditSearch: WireQuery {
    /// Only records with a higher number.
    public var after: Int64?
    /// The last `limit` records instead of the first.
    public var newest: Bool?
    /// At most so many, 1 to 1,000; 100 when left out. Not for following.
    public var limit: Int?
    /// About this lease.
    public var lease: String?
    /// By this user id, in digits.
    public var actor: String?
    /// Of this action, such as `lease.revoked`.
    public var action: String?
    /// At or after this moment.
    public var since: Date?
    /// Before this moment.
    public var until: Date?

    /// The parameters' names.
    public static let keys = ["after", "newest", "limit", "lease", "actor", "action", "since", "until"]

    public init(
        after: Int64? = nil, newest: Bool? = nil, limit: Int? = nil, lease: String? = nil,
        actor: String? = nil, action: String? = nil, since: Date? = nil, until: Date? = nil
    ) {
        self.after = after
        self.newest = newest
        self.limit = limit
        self.lease = lease
        self.actor = actor
        self.action = action
        self.since = since
        self.until = until
    }

    public init(_ reader: inout QueryReader) throws(QueryError) {
        after = try reader.integer("after", in: 0...Int64.max)
        newest = try reader.boolean("newest")
        limit = try reader.integer("limit", in: 1...1000).map { Int($0) }
        lease = try reader.string("lease")
        actor = try reader.string("actor")
        action = try reader.string("action")
        since = try reader.date("since")
        until = try reader.date("until")
    }

    public var items: [QueryItem] {
        var writer = QueryWriter()
        writer.add("after", after)
        writer.add("newest", newest)
        writer.add("limit", limit)
        writer.add("lease", lease)
        writer.add("actor", actor)
        writer.add("action", action)
        writer.add("since", since)
        writer.add("until", until)
        return writer.items
    }
}
