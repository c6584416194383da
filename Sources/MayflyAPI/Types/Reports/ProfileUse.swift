public import Foundation

/// Who took a profile in a period, and for how long.
public struct ProfileUse: WireObject {
    /// Its name.
    public var profile: String
    /// Its database.
    public var database: String
    /// How many leases there were.
    public var leases: Int
    /// Of how many people.
    public var people: Int
    /// When the last of them was issued.
    public var lastIssuedAt: Date?
    /// The maximum TTL that it gives.
    public var maximumSeconds: Int
    /// The longest TTL that somebody asked for.
    public var longestAskedSeconds: Int?
    /// The longest that a lease was to live, renewals and extensions included.
    public var longestGivenSeconds: Int?
    /// The longest that one lived.
    public var longestLivedSeconds: Int?
    /// A lower maximum would have done for all of them; absent where the maximum was needed, or nobody took
    /// it.
    public var enoughSeconds: Int?
    /// How many were over before anybody was seen connected. Absent where that is not known.
    public var unusedLeases: Int?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case profile
        case database
        case leases
        case people
        case lastIssuedAt = "last_issued_at"
        case maximumSeconds = "maximum_seconds"
        case longestAskedSeconds = "longest_asked_seconds"
        case longestGivenSeconds = "longest_given_seconds"
        case longestLivedSeconds = "longest_lived_seconds"
        case enoughSeconds = "enough_seconds"
        case unusedLeases = "unused_leases"
    }

    public init(
        profile: String, database: String, leases: Int, people: Int, lastIssuedAt: Date? = nil,
        maximumSeconds: Int, longestAskedSeconds: Int? = nil, longestGivenSeconds: Int? = nil,
        longestLivedSeconds: Int? = nil, enoughSeconds: Int? = nil, unusedLeases: Int? = nil
    ) {
        self.profile = profile
        self.database = database
        self.leases = leases
        self.people = people
        self.lastIssuedAt = lastIssuedAt
        self.maximumSeconds = maximumSeconds
        self.longestAskedSeconds = longestAskedSeconds
        self.longestGivenSeconds = longestGivenSeconds
        self.longestLivedSeconds = longestLivedSeconds
        self.enoughSeconds = enoughSeconds
        self.unusedLeases = unusedLeases
    }
}
