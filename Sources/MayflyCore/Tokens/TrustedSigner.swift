/// Somebody whose signatures are believed, as the configuration says: an issuer of identity tokens, or an approval
/// authority.
package struct TrustedSigner: Hashable, Sendable {
    /// As it stands in rules, in `sub:NAME:SUBJECT` and on record.
    package var name: String
    /// What its tokens say as `iss`, to the letter.
    package var issuer: String
    /// What they are to say in `aud`: that they were made for this installation.
    package var audience: String
    /// Taken from here and from the key, never from the token alone.
    package var algorithms: [SignatureAlgorithm]
    package var keys: KeyLocation
    /// Seconds by which its clock and ours may differ.
    package var clockSkew: Int
    /// Seconds from `iat` to `exp`, at most.
    package var maxLifetime: Int

    package static let defaultClockSkew = 60
    package static let defaultMaxLifetime = 86_400

    package init(
        name: String, issuer: String, audience: String, algorithms: [SignatureAlgorithm], keys: KeyLocation,
        clockSkew: Int = defaultClockSkew, maxLifetime: Int = defaultMaxLifetime
    ) {
        self.name = name
        self.issuer = issuer
        self.audience = audience
        self.algorithms = algorithms
        self.keys = keys
        self.clockSkew = clockSkew
        self.maxLifetime = maxLifetime
    }
}
