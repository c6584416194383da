package import Foundation

/// What one record of PostgreSQL's log says, typed. Texts in it are of whoever connects.
///
/// Lines that the server writes by itself are told from those that a session had it write (`RAISE LOG 'statement: …'`) by the
/// context, which all of the latter have and none of the former.
package struct ServerLogLine: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// A statement that was begun (`duration` nil), or one that has ended.
        case statement(LoggedStatement)
        /// The statement before it has ended, after so many milliseconds.
        case duration(Double)
        /// A statement failed; PostgreSQL's message may repeat values.
        case failure(sqlState: String, message: String, LoggedStatement?)
        case authorized
        /// The session has ended, after so many seconds.
        case disconnected(seconds: Double?)
        /// Nobody was let in.
        case loginFailed(sqlState: String, message: String)
        /// The server ended the session.
        case cut(sqlState: String, message: String)
        /// A message of another kind, such as what a function had it write.
        case message(String)
        /// Of a severity that is not in English: what it says is not known.
        case foreign
    }

    package var at: Date
    package var user: String
    package var database: String?
    package var backend: LogBackend
    package var number: Int64
    package var address: String?
    package var port: Int?
    package var application: String?
    package var kind: Kind
    package var isLossy: Bool
    package var isCut: Bool

    /// - Returns: nil for what is of no user's session, such as the server's own processes' and parallel workers', whose leader
    ///   says the same.
    package init?(_ fields: LogFields, _ clock: inout ServerLogClock) {
        guard let user = fields[.user], let backend = fields[.sessionID].flatMap(LogBackend.init(rawValue:)),
            let number = fields[.lineNumber].flatMap({ Int64($0) }), number > 0,
            fields[.backendType].map({ $0 == "client backend" || $0 == "not initialized" }) ?? true,
            let at = clock.moment(
                fields[.timestamp] ?? "", sessionStart: fields[.sessionStart], of: backend),
            let kind = Self.kind(fields)
        else { return nil }
        self.at = at
        self.user = user
        self.database = fields[.dbname]
        self.backend = backend
        self.number = number
        address = fields[.remoteHost].flatMap { $0 == "[local]" || $0.isEmpty ? nil : $0 }
        port = fields[.remotePort].flatMap { UInt16($0) }.map(Int.init)
        application = fields[.application]
        self.kind = kind
        isLossy = fields.isLossy
        isCut = fields.isCut
    }

    var isOfStatement: Bool {
        switch kind {
        case .statement, .duration, .failure, .message, .foreign: true
        case .authorized, .disconnected, .loginFailed, .cut: false
        }
    }

    private static func kind(_ fields: LogFields) -> Kind? {
        guard let severity = fields[.severity] else { return nil }
        let message = fields[.message] ?? ""
        let state = fields[.stateCode].flatMap(sqlState) ?? "00000"
        switch severity {
        case "FATAL", "PANIC":
            let isBefore = ["authentication", "startup", "initializing"].contains(fields[.ps] ?? "")
            return isBefore || state.hasPrefix("28")
                ? .loginFailed(sqlState: state, message: message) : .cut(sqlState: state, message: message)
        case "ERROR":
            return .failure(
                sqlState: state, message: message,
                fields[.statement].map { LoggedStatement(text: $0, parameters: parameters(fields[.context])) }
            )
        case "LOG":
            guard fields[.context] == nil else { return .message(message) }
            return told(message, fields[.detail], tag: tag(fields[.ps]))
        case "DEBUG1", "DEBUG2", "DEBUG3", "DEBUG4", "DEBUG5", "DEBUG", "INFO", "NOTICE", "WARNING":
            return .message(message)
        default: return .foreign
        }
    }

    private static func sqlState(_ text: String) -> String? {
        text.utf8.count == 5
            && text.utf8.allSatisfy {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
            } ? text : nil
    }

    /// `statement: …`, `execute NAME: …`, `duration: 1.5 ms`, and both in one (`exec_simple_query` in postgres.c).
    private static func told(_ message: String, _ detail: String?, tag: String?) -> Kind {
        if message.hasPrefix("connection authorized: ") { return .authorized }
        if message.hasPrefix("disconnection: session time: ") {
            return .disconnected(seconds: seconds(message))
        }
        if let statement = PgAuditText.read(message) { return .statement(statement) }
        var (rest, milliseconds) = (Substring(message), Double?.none)
        if rest.hasPrefix("duration: "), let end = rest.firstRange(of: " ms") {
            milliseconds = measure(rest[..<end.lowerBound].dropFirst("duration: ".count))
            rest = rest[end.upperBound...]
            if rest.isEmpty, let milliseconds { return .duration(milliseconds) }
            rest = rest.drop { $0 == " " }
        }
        for (word, phase) in phases {
            guard let after = rest.after(word) else { continue }
            rest = after
            guard phase != .simple else {
                return .statement(
                    LoggedStatement(
                        text: String(rest), milliseconds: milliseconds, parameters: parameters(detail)))
            }
            guard var statement = PreparedText.read(rest, tag: tag) else { break }
            (statement.phase, statement.milliseconds) = (phase, milliseconds)
            statement.parameters = parameters(detail)
            return .statement(statement)
        }
        return .message(message)
    }

    private static let phases: [(String, LoggedStatement.Phase)] = [
        ("statement: ", .simple), ("parse ", .parse), ("bind ", .bind), ("execute fetch from ", .fetch),
        ("execute ", .execute), ("fastpath function call: ", .simple),
    ]

    /// `parameters: $1 = 'x'` in a detail (16 and later: `Parameters: …`), `… with parameters: $1 = 'x'` in a context.
    private static func parameters(_ text: String?) -> String? {
        guard let text, let found = text.firstRange(of: "arameters: ") else { return nil }
        return String(text[found.upperBound...])
    }

    /// What the server is at by its own word, `DROP TABLE`; nil where that is no statement.
    private static func tag(_ ps: String?) -> String? {
        guard let ps, !ps.isEmpty, !["PARSE", "BIND"].contains(ps) else { return nil }
        return ps.utf8.allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) || $0 == 0x20 }
            ? ps : nil
    }

    /// Nil for what is no time: the state keeps none that is not finite.
    private static func measure(_ text: Substring) -> Double? {
        Double(text).flatMap { $0.isFinite && (0...1e15).contains($0) ? $0 : nil }
    }

    /// `disconnection: session time: 0:00:00.018 user=…`
    private static func seconds(_ message: String) -> Double? {
        let parts = message.dropFirst("disconnection: session time: ".count).prefix { $0 != " " }.split(
            separator: ":"
        )
        .map { measure($0) }
        guard parts.count == 3, let hours = parts[0], let minutes = parts[1], let seconds = parts[2] else {
            return nil
        }
        return hours * 3600 + minutes * 60 + seconds
    }
}
