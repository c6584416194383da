public import Foundation

/// Asks for a lease. Send an `Idempotency-Key` header: a repeat after a lost reply then returns the same lease.
public struct CreateRequest: WireRequest {
    /// The profile's name.
    public var profile: String
    /// How long, in seconds. The profile's default when left out.
    public var ttlSeconds: Int?
    /// Why. Kept on the record.
    public var reason: String?
    /// A reference into another system. Kept on the record.
    public var ticket: String?
    /// Whether the lease ends with the caller: it must be tethered within 30 seconds, and is revoked when the
    /// tether breaks. No when left out.
    public var tethered: Bool?
    /// When the access is to begin: it is approved before, and redeemed from then on. At once when left out.
    public var startAt: Date?
    /// Whether it is an emergency: where a rule says so, access is given at once, without approval, for a reason and
    /// to be reviewed. No when left out.
    public var breakGlass: Bool?
    /// Only these tables of what the profile gives: `TABLE` or `SCHEMA.TABLE`, as the catalogue has them; a name with a
    /// dot or a comma in double quotes. All that the profile gives when left out, with `columns`.
    public var tables: [String]?
    /// Only these columns of further tables: `TABLE.COLUMN` or `SCHEMA.TABLE.COLUMN`.
    public var columns: [String]?
    /// A signed approval that it arrives with: a compact JWS of an approval authority. Where its people are all that the
    /// rule asks, the access is given at once.
    public var approval: String?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case profile
        case ttlSeconds = "ttl_seconds"
        case reason
        case ticket
        case tethered
        case startAt = "start_at"
        case breakGlass = "break_glass"
        case tables
        case columns
        case approval
    }

    public init(
        profile: String, ttlSeconds: Int? = nil, reason: String? = nil, ticket: String? = nil,
        tethered: Bool? = nil, startAt: Date? = nil, breakGlass: Bool? = nil,
        tables: [String]? = nil, columns: [String]? = nil, approval: String? = nil
    ) {
        self.profile = profile
        self.ttlSeconds = ttlSeconds
        self.reason = reason
        self.ticket = ticket
        self.tethered = tethered
        self.startAt = startAt
        self.breakGlass = breakGlass
        self.tables = tables
        self.columns = columns
        self.approval = approval
    }
}
