/// Why a server did not do something. Safe to show: no secret, no SQL text.
package struct EngineFailure: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Kind: String, Sendable {
        /// No connection; nothing was done.
        case unreachable
        /// The account's password or certificate was refused.
        case notAuthenticated
        /// No answer within the deadline, and the server cannot say what became of it.
        case outcomeUnknown
        /// The guard is missing, too old, too new or altered, or our account may not call it.
        case guardUnusable
        /// The guard refused: an argument, a group, a ceiling.
        case refusedByGuard
        /// Too many live roles or issues per minute by the guard.
        case tooMany
        /// The server is out of connections, memory or disk.
        case overloaded
        /// A replica answered where the writable server should.
        case readOnly
        /// The writable server is done, but a standby could not be asked.
        case replica
        /// Any other error of the server.
        case serverError
        /// A value that cannot be what it says; a bug of ours or a wrong configuration.
        case invalid
    }

    package var kind: Kind
    /// SQLSTATE or error number.
    package var code: String?
    package var message: String
    package var hint: String?

    package init(_ kind: Kind, code: String? = nil, _ message: String, hint: String? = nil) {
        self.kind = kind
        self.code = code
        self.message = message
        self.hint = hint
    }

    package var description: String {
        kind.rawValue + (code.map { " (\($0))" } ?? "") + ": " + message
    }
}
