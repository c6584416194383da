public import Foundation

/// Somebody's second factor. Never holds its secret.
public struct MFAStatus: WireObject {
    /// Whose it is: a person of the configuration, or `uid:` and the uid.
    public var person: String
    /// The account that was asked about.
    public var user: String?
    /// How far they are with it.
    public var state: MFAState
    /// Whether there are second factors here at all.
    public var offered: Bool
    /// When its secret was made.
    public var enrolledAt: Date?
    /// When its first code came.
    public var confirmedAt: Date?
    /// When a code was last accepted.
    public var lastUsedAt: Date?
    /// Wrong codes since the last right one.
    public var wrongCodes: Int?
    /// After too many wrong codes: none is taken before that.
    public var lockedUntil: Date?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case person
        case user
        case state
        case offered
        case enrolledAt = "enrolled_at"
        case confirmedAt = "confirmed_at"
        case lastUsedAt = "last_used_at"
        case wrongCodes = "wrong_codes"
        case lockedUntil = "locked_until"
    }

    public init(
        person: String, user: String? = nil, state: MFAState, offered: Bool, enrolledAt: Date? = nil,
        confirmedAt: Date? = nil, lastUsedAt: Date? = nil, wrongCodes: Int? = nil, lockedUntil: Date? = nil
    ) {
        self.person = person
        self.user = user
        self.state = state
        self.offered = offered
        self.enrolledAt = enrolledAt
        self.confirmedAt = confirmedAt
        self.lastUsedAt = lastUsedAt
        self.wrongCodes = wrongCodes
        self.lockedUntil = lockedUntil
    }
}
