/// One record of a PostgreSQL log, its fields apart: those that are used, by their names in jsonlog.
///
/// Columns and names: https://www.postgresql.org/docs/current/runtime-config-logging.html#RUNTIME-CONFIG-LOGGING-CSVLOG
package struct LogFields: Hashable, Sendable {
    package enum Key: String, Sendable, CaseIterable {
        case timestamp, user, dbname, pid
        case remoteHost = "remote_host"
        case remotePort = "remote_port"
        case sessionID = "session_id"
        case lineNumber = "line_num"
        case ps
        case sessionStart = "session_start"
        case severity = "error_severity"
        case stateCode = "state_code"
        case message, detail, context, statement
        case application = "application_name"
        case backendType = "backend_type"
    }

    /// Texts that are not UTF-8 have U+FFFD in place of what is not.
    package private(set) var values: [Key: String] = [:]
    /// One of the fields was not UTF-8.
    package private(set) var isLossy = false
    /// The record ends in mid-field: it was longer than what is kept of one.
    package private(set) var isCut = false

    package subscript(key: Key) -> String? { values[key] }

    /// - Parameter isCut: `record` is the beginning of one.
    /// - Returns: nil for what is no record of that format.
    package init?(_ record: [UInt8], _ format: ServerLogSource.Format, isCut: Bool = false) {
        self.isCut = isCut
        let isRead =
            switch format {
            case .csvlog: readCSV(record)
            case .jsonlog: readJSON(record)
            }
        guard isRead, values[.timestamp] != nil, values[.pid] != nil else { return nil }
    }

    private mutating func set(_ key: Key?, _ bytes: [UInt8]) {
        guard let key else { return }
        if let text = String(validating: bytes, as: UTF8.self) {
            values[key] = text
        } else {
            isLossy = true
            values[key] = String(decoding: bytes, as: UTF8.self)
        }
    }

    // MARK: - csvlog

    /// Of 12 the first 23; 13 has one more, 14 and later 26. `connection_from` is the fifth.
    private static let columns: [Key?] = [
        .timestamp, .user, .dbname, .pid, nil, .sessionID, .lineNumber, .ps, .sessionStart, nil, nil,
        .severity,
        .stateCode, .message, .detail, nil, nil, nil, .context, .statement, nil, nil, .application,
        .backendType,
    ]
    private static let fewestColumns = 23
    private static let connectionFrom = 4

    private mutating func readCSV(_ record: [UInt8]) -> Bool {
        let (comma, quote) = (UInt8(ascii: ","), UInt8(ascii: "\""))
        var (position, column) = (0, 0)
        while true {
            var field: [UInt8] = []
            let isQuoted = position < record.count && record[position] == quote
            var isClosed = !isQuoted
            if isQuoted {
                position += 1
                while position < record.count {
                    if record[position] == quote {
                        if position + 1 < record.count, record[position + 1] == quote {
                            position += 1
                        } else {
                            isClosed = true
                            position += 1
                            break
                        }
                    }
                    field.append(record[position])
                    position += 1
                }
            } else {
                while position < record.count, record[position] != comma {
                    guard record[position] != quote else { return false }
                    field.append(record[position])
                    position += 1
                }
            }
            let isAtEnd = position == record.count
            guard isClosed || isCut && isAtEnd else { return false }
            if column == Self.connectionFrom { setConnection(field) }
            // The server leaves a field without a value empty, and quotes an empty text.
            if isQuoted || !field.isEmpty {
                set(column < Self.columns.count ? Self.columns[column] : nil, field)
            }
            column += 1
            if isAtEnd { return isCut || column >= Self.fewestColumns }
            guard record[position] == comma else { return false }
            position += 1
        }
    }

    /// `10.0.0.7:47034`, `[local]`
    private mutating func setConnection(_ field: [UInt8]) {
        guard let colon = field.lastIndex(of: UInt8(ascii: ":")) else { return set(.remoteHost, field) }
        set(.remoteHost, Array(field[..<colon]))
        set(.remotePort, Array(field[(colon + 1)...]))
    }

    // MARK: - jsonlog

    /// One flat object, as the server writes it: names and values without blanks, no name twice.
    private mutating func readJSON(_ record: [UInt8]) -> Bool {
        var reader = FlatJSONReader(record)
        guard reader.takes("{") else { return false }
        var names: Set<String> = []
        while true {
            guard let name = reader.string() else { return isCut && reader.isAtEnd }
            guard name.isClosed else { return isCut }
            let key = String(decoding: name.bytes, as: UTF8.self)
            guard names.insert(key).inserted else { return false }
            guard reader.takes(":") else { return isCut && reader.isAtEnd }
            if let text = reader.string() {
                guard text.isClosed || isCut else { return false }
                set(Key(rawValue: key), text.bytes)
            } else {
                let word = reader.word()
                // What is cut may be a part of it only.
                guard !word.isEmpty, !reader.isAtEnd else { return isCut && reader.isAtEnd }
                set(Key(rawValue: key), word)
            }
            if reader.takes(",") { continue }
            if reader.takes("}") { return reader.isAtEnd }
            return isCut && reader.isAtEnd
        }
    }
}
