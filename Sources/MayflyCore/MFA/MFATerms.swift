/// `mfa:` of the configuration: how second factors of our own are kept and tried.
package struct MFATerms: Hashable, Sendable {
    package static let defaultAttempts = 5

    /// The path of the key that the secrets are sealed with.
    package var keyFile: String
    /// What apps call us.
    package var issuer: String
    /// Wrong codes before none is taken for a while.
    package var attempts: Int

    package init(keyFile: String, issuer: String, attempts: Int = defaultAttempts) {
        self.keyFile = keyFile
        self.issuer = issuer
        self.attempts = attempts
    }
}
