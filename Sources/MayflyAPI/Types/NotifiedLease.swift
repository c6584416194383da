public import Foundation

/// A lease that a notification is about.
public struct NotifiedLease: WireObject {
    /// Its id.
    public var id: String
    /// Where it stands.
    public var state: LeaseState
    /// What it gives.
    public var profile: String
    /// Where.
    public var database: String
    /// The login role.
    public var role: String
    /// Whose it is.
    public var requester: String
    /// When it ends unless it is renewed.
    public var expiresAt: Date

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case id
        case state
        case profile
        case database
        case role
        case requester
        case expiresAt = "expires_at"
    }

    public init(
        id: String, state: LeaseState, profile: String, database: String, role: String, requester: String,
        expiresAt: Date
    ) {
        self.id = id
        self.state = state
        self.profile = profile
        self.database = database
        self.role = role
        self.requester = requester
        self.expiresAt = expiresAt
    }
}
