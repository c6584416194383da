/// What can go wrong between us and a server; `Report` is the server's own report of an error.
///
/// `description` is safe to show to anyone: no SQL, no values, no text of the server. The rest is in
/// `debugDescription`.
package enum SQLError<Report: ServerErrorReport>: Error, Equatable {
    /// No host took us; nothing was sent. One entry per host that was tried.
    case cannotConnect([HostFailure<Report.Code>])
    /// The server answered with an error: the statement was not done.
    case server(Report)
    /// The connection ended during the call: whether the statement was done is unknown.
    case connectionLost(detail: String)
    /// No answer before the deadline: whether the statement was done, or still will be, is unknown.
    case timedOut(after: Duration)
    /// The calling task was cancelled: whether the statement was done is unknown.
    case cancelled
    /// The connection had ended before the call; nothing was sent.
    case closed
    /// A value that cannot be sent as it is; nothing was sent.
    case invalidValue(String)
    /// The server's answer is not what the caller expects: a column is missing or of another type.
    case unexpectedAnswer(String)

    /// The server's code, where it gave one.
    package var code: Report.Code? {
        switch self {
        case .server(let report): report.code
        case .cannotConnect(let failures): failures.compactMap(\.code).first
        case .connectionLost, .timedOut, .cancelled, .closed, .invalidValue, .unexpectedAnswer: nil
        }
    }

    /// Whether the statement may have been done although the call failed: ask the server, never guess.
    package var isUnknownOutcome: Bool {
        switch self {
        case .connectionLost, .timedOut, .cancelled: true
        case .cannotConnect, .server, .closed, .invalidValue, .unexpectedAnswer: false
        }
    }
}

extension SQLError: CustomStringConvertible, CustomDebugStringConvertible {
    package var description: String {
        switch self {
        case .cannotConnect(let failures):
            "cannot connect: " + failures.map(\.description).joined(separator: "; ")
        case .server(let report): report.description
        case .connectionLost: "the connection to the server was lost during a call"
        case .timedOut(let duration): "the server did not answer within \(duration)"
        case .cancelled: "the call was cancelled"
        case .closed: "the connection is closed"
        case .invalidValue(let what): "a value cannot be sent: \(what)"
        case .unexpectedAnswer(let what): "the server's answer was not as expected: \(what)"
        }
    }

    package var debugDescription: String {
        switch self {
        case .cannotConnect(let failures):
            "cannot connect: " + failures.map(\.debugDescription).joined(separator: "; ")
        case .server(let report): report.debugDescription
        case .connectionLost(let detail): "\(description): \(detail)"
        case .timedOut, .cancelled, .closed, .invalidValue, .unexpectedAnswer: description
        }
    }
}

/// An error as a server reported it. `description` leaves out the server's own words.
package protocol ServerErrorReport: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible
{
    associatedtype Code: ServerErrorCode
    /// The one thing that we branch on.
    var code: Code { get }
}

/// An SQLSTATE or an error number.
package protocol ServerErrorCode: Hashable, Sendable, CustomStringConvertible {
    /// The condition in plain words, for people.
    var meaning: String { get }
}
