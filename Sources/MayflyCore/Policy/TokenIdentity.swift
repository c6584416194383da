package import Foundation

/// Who a verified token says its bearer is: its signature, issuer, audience and times have been checked.
package struct TokenIdentity: Hashable, Sendable, Codable {
    /// The issuer's name in the configuration, not its URL.
    package let issuer: String
    package let subject: String
    package let claims: [String: ClaimValue]
    /// How the bearer was authenticated (RFC 8176), such as `mfa` or `otp`.
    package let amr: [String]
    package let acr: String?
    /// When the bearer was authenticated (`auth_time`), not when the token was made.
    package let authenticatedAt: Date?
    package let expiresAt: Date
    /// The token's own id (`jti`), for the record; nil when it has none.
    package let id: String?

    package init(
        issuer: String, subject: String, claims: [String: ClaimValue] = [:], amr: [String] = [],
        acr: String? = nil, authenticatedAt: Date? = nil, expiresAt: Date,
        id: String? = nil
    ) {
        self.issuer = issuer
        self.subject = subject
        self.claims = claims
        self.amr = amr
        self.acr = acr
        self.authenticatedAt = authenticatedAt
        self.expiresAt = expiresAt
        self.id = id
    }
}
