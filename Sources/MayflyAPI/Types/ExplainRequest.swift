/// Asks what would be decided, and why. Nothing is recorded or given out.
public struct ExplainRequest: WireRequest {
    /// The profile's name.
    public var profile: String
    /// How long, in seconds. The profile's default when left out.
    public var ttlSeconds: Int?
    /// Why, as a request would say it.
    public var reason: String?
    /// A reference into another system, as a request would give it.
    public var ticket: String?
    /// Whether it is about break-glass.
    public var breakGlass: Bool?
    /// Only these tables of what the profile gives: `TABLE` or `SCHEMA.TABLE`, as the catalogue has them; a name with a
    /// dot or a comma in double quotes. All that the profile gives when left out, with `columns`.
    public var tables: [String]?
    /// Only these columns of further tables: `TABLE.COLUMN` or `SCHEMA.TABLE.COLUMN`.
    public var columns: [String]?
    /// About whom: `user:alice` or `uid:1001`; the caller when left out. Others are for auditors and administrators.
    public var `as`: String?
    /// When, in ISO 8601: windows and ends of rules are looked at as they are then. Now when left out.
    public var at: String?
    /// Whether also to say what would be run in the server, and what it would give. No when left out.
    public var preview: Bool?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case profile
        case ttlSeconds = "ttl_seconds"
        case reason
        case ticket
        case breakGlass = "break_glass"
        case tables
        case columns
        case `as`
        case at
        case preview
    }

    public init(
        profile: String, ttlSeconds: Int? = nil, reason: String? = nil, ticket: String? = nil,
        breakGlass: Bool? = nil, tables: [String]? = nil, columns: [String]? = nil, as subject: String? = nil,
        at: String? = nil,
        preview: Bool? = nil
    ) {
        self.profile = profile
        self.ttlSeconds = ttlSeconds
        self.reason = reason
        self.ticket = ticket
        self.breakGlass = breakGlass
        self.tables = tables
        self.columns = columns
        self.as = subject
        self.at = at
        self.preview = preview
    }
}
