package import Foundation

/// What is on record of one line of a server's log that is about a lease.
///
/// Texts are as the profile wants them kept (`Profile.Statements`), and of whoever connects: they are shown quoted.
package struct LoggedLine: Hashable, Sendable, Codable {
    package enum What: String, Sendable, Codable, CaseIterable {
        case statement, duration, failure, authorized, disconnected
        case loginFailed = "login_failed"
        /// The server ended the session.
        case cut
        /// What a function had the server write, or a warning.
        case message

        package var isOfStatement: Bool {
            switch self {
            case .statement, .duration, .failure, .message: true
            case .authorized, .disconnected, .loginFailed, .cut: false
            }
        }
    }

    package var lease: LeaseID
    package var backend: LogBackend
    /// Its number in that backend.
    package var number: Int64
    package var at: Date
    package var what: What
    package var text: String?
    package var parameters: String?
    package var milliseconds: Double?
    package var sqlState: String?
    package var message: String?
    /// In the server.
    package var database: String?
    package var address: String?
    package var port: Int?
    package var application: String?
    /// Of the record in the log, in bytes, where it was too long and only its beginning is known.
    package var length: Int?
    /// Of the whole record. In `full` only: by it a value could be guessed.
    package var sha256: String?
    /// Something in it was not UTF-8.
    package var isLossy: Bool?
    /// It stood behind a damaged record.
    package var isDoubtful: Bool?
    /// Values were taken out for a password's sake, although the profile keeps them.
    package var isWithheld: Bool?
    /// Where a value ends, or where the statement begins, cannot be told: something of it may be missing in `text`.
    package var isUnclear: Bool?

    /// What pgaudit calls the statement: its class, command and object.
    package var audit: String?
    /// The log has another line of that number in that backend, which came first.
    package var isRival: Bool?

    /// Whether it is that line, read again: apart from its duration, which may come with it or after it.
    package func isSame(as other: LoggedLine) -> Bool {
        func bare(_ line: LoggedLine) -> LoggedLine {
            var line = line
            line.milliseconds = nil
            (line.isDoubtful, line.isRival) = (nil, nil)
            return line
        }
        return bare(self) == bare(other)
    }

    /// As it is kept beside one that has its number: one of both was not written by the server.
    package var rival: LoggedLine {
        var line = self
        (line.isDoubtful, line.isRival) = (true, true)
        return line
    }

    /// Between two texts of which one is the statement.
    static let orElse = " … or: "

    package init(
        lease: LeaseID, backend: LogBackend, number: Int64, at: Date, what: What, text: String? = nil,
        parameters: String? = nil, milliseconds: Double? = nil, sqlState: String? = nil,
        message: String? = nil
    ) {
        self.lease = lease
        self.backend = backend
        self.number = number
        self.at = at
        self.what = what
        self.text = text
        self.parameters = parameters
        self.milliseconds = milliseconds
        self.sqlState = sqlState
        self.message = message
    }

    /// How much of the state it takes, about.
    package var size: Int {
        200 + (text?.utf8.count ?? 0) + (parameters?.utf8.count ?? 0) + (message?.utf8.count ?? 0)
    }
}
