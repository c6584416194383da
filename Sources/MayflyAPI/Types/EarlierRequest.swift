public import Foundation

/// An earlier request of the same person for the same profile.
public struct EarlierRequest: WireObject {
    /// The request's id.
    public var id: String
    /// What became of it.
    public var state: RequestState
    /// When it came in.
    public var createdAt: Date
    /// The TTL asked for, in seconds.
    public var ttlSeconds: Int?
    /// Why, in the requester's words.
    public var reason: String?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case id
        case state
        case createdAt = "created_at"
        case ttlSeconds = "ttl_seconds"
        case reason
    }

    public init(
        id: String, state: RequestState, createdAt: Date, ttlSeconds: Int? = nil, reason: String? = nil
    ) {
        self.id = id
        self.state = state
        self.createdAt = createdAt
        self.ttlSeconds = ttlSeconds
        self.reason = reason
    }
}
