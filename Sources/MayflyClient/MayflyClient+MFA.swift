public import MayflyAPI

extension MayflyClient {
    /// How the caller stands with their second factor.
    public func mfa() async throws(MayflyError) -> MFAStatus {
        try await transport.call(.mfa)
    }

    /// Makes a secret for the caller's second factor, in place of one that was not confirmed yet. The secret in the reply
    /// is there only this once.
    ///
    /// ```swift
    /// let secret = try await client.enrollMFA()
    /// show(secret.uri)
    /// _ = try await client.confirmMFA(code: typed)
    /// ```
    ///
    /// - Throws: `conflict` when there is one already: an administrator's reset comes first.
    public func enrollMFA() async throws(MayflyError) -> MFASecret {
        try await transport.call(.enrollMFA)
    }

    /// Confirms a new second factor with its first code.
    /// - Parameter code: six digits.
    public func confirmMFA(code: String) async throws(MayflyError) -> MFAStatus {
        try await transport.call(.confirmMFA, body: ConfirmMFARequest(code: code))
    }

    /// Takes somebody else's second factor away, so that they enrol again. For administrators.
    /// - Parameter who: a person of the configuration, `user:NAME`, `uid:NUMBER`, or a user's name.
    public func resetMFA(of who: String, reason: String) async throws(MayflyError) -> MFAStatus {
        try await transport.call(.resetMFA, body: ResetMFARequest(who: who, reason: reason))
    }
}
