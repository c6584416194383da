public import Foundation

/// Which audit records to list or follow, oldest first.
public struct AuditSearch: WireQuery {
    /// Only records with a higher number.
    public var after: Int64?
    /// Only records with a lower number. Not for following.
    public var before: Int64?
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
    /// How it went: `done`, `denied` or `failed`. Not for following, as are those below.
    public var outcome: String?
    /// About this request.
    public var request: String?
    /// About this database.
    public var database: String?
    /// About this profile.
    public var profile: String?
    /// About this login role.
    public var role: String?
    /// Decided by this rule.
    public var rule: String?
    /// Words that are all in it, each whole or the beginning of one, whatever their case.
    public var text: String?
    /// At or after this moment.
    public var since: Date?
    /// Before this moment.
    public var until: Date?

    /// The parameters' names.
    public static let keys = [
        "after", "before", "newest", "limit", "lease", "actor", "action", "outcome", "request", "database",
        "profile",
        "role", "rule", "text", "since", "until",
    ]

    public init(
        after: Int64? = nil, before: Int64? = nil, newest: Bool? = nil, limit: Int? = nil,
        lease: String? = nil,
        actor: String? = nil, action: String? = nil, outcome: String? = nil, request: String? = nil,
        database: String? = nil, profile: String? = nil, role: String? = nil, rule: String? = nil,
        text: String? = nil, since: Date? = nil, until: Date? = nil
    ) {
        self.after = after
        self.before = before
        self.newest = newest
        self.limit = limit
        self.lease = lease
        self.actor = actor
        self.action = action
        self.outcome = outcome
        self.request = request
        self.database = database
        self.profile = profile
        self.role = role
        self.rule = rule
        self.text = text
        self.since = since
        self.until = until
    }

    public init(_ reader: inout QueryReader) throws(QueryError) {
        after = try reader.integer("after", in: 0...Int64.max)
        before = try reader.integer("before", in: 1...Int64.max)
        newest = try reader.boolean("newest")
        limit = try reader.integer("limit", in: 1...1000).map { Int($0) }
        lease = try reader.string("lease")
        actor = try reader.string("actor")
        action = try reader.string("action")
        outcome = try reader.string("outcome")
        request = try reader.string("request")
        database = try reader.string("database")
        profile = try reader.string("profile")
        role = try reader.string("role")
        rule = try reader.string("rule")
        text = try reader.string("text")
        since = try reader.date("since")
        until = try reader.date("until")
    }

    public var items: [QueryItem] {
        var writer = QueryWriter()
        writer.add("after", after)
        writer.add("before", before)
        writer.add("newest", newest)
        writer.add("limit", limit)
        writer.add("lease", lease)
        writer.add("actor", actor)
        writer.add("action", action)
        writer.add("outcome", outcome)
        writer.add("request", request)
        writer.add("database", database)
        writer.add("profile", profile)
        writer.add("role", role)
        writer.add("rule", rule)
        writer.add("text", text)
        writer.add("since", since)
        writer.add("until", until)
        return writer.items
    }
}
