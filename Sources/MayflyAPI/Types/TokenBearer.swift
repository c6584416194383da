public import Foundation

/// Who a verified token said its bearer is, beside whom the kernel named.
public struct TokenBearer: WireObject {
    /// The issuer, by its name in the configuration.
    public var issuer: String
    /// The token's `sub`.
    public var subject: String
    /// The token's own id, `jti`.
    public var id: String?
    /// When it expires; absent on record.
    public var expiresAt: Date?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case issuer
        case subject
        case id
        case expiresAt = "expires_at"
    }

    public init(issuer: String, subject: String, id: String? = nil, expiresAt: Date? = nil) {
        self.issuer = issuer
        self.subject = subject
        self.id = id
        self.expiresAt = expiresAt
    }
}
