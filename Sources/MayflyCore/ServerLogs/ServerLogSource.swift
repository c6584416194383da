/// Where a database's server writes its log, as the configuration says; the broker's host sees the files.
///
///     server_log: { path: "/var/log/postgresql/*.json", format: jsonlog }
///
/// ## How a log is followed
///
/// Lease holders write its content: every text in it is theirs. What is taken from it is taken by these rules.
///
///     ServerLogFolder   the directory: which files there are (regular, not through a link, not writable by everybody)
///     ServerLogTail     one file: its bytes in order, from a cursor
///     LogRecordSplitter bytes to records; none is longer in memory than its limit
///     LogFields         a record to its fields, by the format's quoting: what is in a field never becomes another record
///     ServerLogLine     fields to what the server said, typed
///     LeaseLog          lines to leases, by the role's name and the moment; all else is dropped here, and kept nowhere
///     Store.take        lines, sessions, records and the cursor in one commit
///
/// A crash before that commit: the same bytes are read again. After it: never again, and a line that comes twice all the same
/// (a log that was copied beside itself) is known by its backend and number. What could not be read is a gap, on record.
package struct ServerLogSource: Hashable, Sendable, Codable {
    package enum Format: String, Sendable, Codable, CaseIterable {
        /// PostgreSQL's, https://www.postgresql.org/docs/current/runtime-config-logging.html
        case csvlog
        /// PostgreSQL's, 15 and later.
        case jsonlog

        /// What the logging collector puts at the end of a file's name.
        package var suffix: String {
            switch self {
            case .csvlog: ".csv"
            case .jsonlog: ".json"
            }
        }
    }

    package var directory: String
    /// Of the names of files in it.
    package var names: Glob
    package var format: Format

    package init(directory: String, names: Glob, format: Format) {
        self.directory = directory
        self.names = names
        self.format = format
    }
}
