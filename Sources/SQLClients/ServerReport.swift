/// An error as the server reported it.
///
/// https://www.postgresql.org/docs/current/protocol-error-fields.html
package struct ServerReport: ServerErrorReport {
    package let sqlState: SQLState
    package var code: SQLState { sqlState }
    /// The server's own words, in its language: to read, never to branch on, not for everybody's eyes.
    package let message: String
    package let detail: String?
    package let hint: String?

    package init(sqlState: SQLState, message: String, detail: String? = nil, hint: String? = nil) {
        self.sqlState = sqlState
        self.message = message
        self.detail = detail
        self.hint = hint
    }
}

extension ServerReport {
    package var description: String { "the server refused (\(sqlState): \(sqlState.meaning))" }

    package var debugDescription: String {
        [description, message, detail, hint].compactMap { $0 }.joined(separator: ": ")
    }
}
