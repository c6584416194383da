package import MayflyCore

/// What one look at a log brought.
package struct ServerLogHaul: Sendable {
    package struct Found: Sendable {
        package var record: LogRecordSplitter.Record
        package var fields: LogFields
        package var file: LogCursor.File
        package var name: String
        /// It stands behind a damaged one.
        package var isDoubtful: Bool
    }

    /// Of login roles as a Mayfly makes them; all others' are dropped as they are read. In the order in which they stand, the files by when they were last written.
    package var records: [Found] = []
    package var gaps: [ServerLogGap] = []
    /// Of all files that are there, or still open: what the state is to hold with what was taken from the records.
    package var cursors: [LogCursor] = []
    /// There was more to read than one look reads.
    package var isBehind = false
    package var bytes = 0
    /// What the server writes now cannot be read, although other files can.
    package var trouble: ServerLogTrouble?
}
