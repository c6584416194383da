package import MayflyCore

/// An administrator's wish for a lockdown, parsed.
package struct LockdownOrder: Sendable {
    package enum Scope: Sendable {
        case everything
        case database(DatabaseName)
        case profile(ProfileName)
        /// - `typed`: a person of the configuration, `user:NAME` (or NAME alone), `uid:NUMBER`, `sub:ISSUER:SUBJECT`.
        /// - `found`: whom the host knows by it.
        case user(typed: String, found: Identity?)
    }

    package var scope: Scope
    package var reason: Reason
    /// Seconds until it ends by itself; nil for one that somebody ends.
    package var seconds: Int?
    /// Whether what is out is revoked.
    package var revokes: Bool

    package init(scope: Scope, reason: Reason, seconds: Int? = nil, revokes: Bool = false) {
        self.scope = scope
        self.reason = reason
        self.seconds = seconds
        self.revokes = revokes
    }

    /// Longer than that nobody plans, in seconds.
    package static let longest = 365 * 86_400
}
