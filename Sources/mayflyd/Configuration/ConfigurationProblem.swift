import MayflyCore

/// One thing that is wrong with a configuration file, and where.
///
/// It is safe to show: values of the `account` sections, where somebody may have typed a password, are never
/// repeated, nor are values of keys that we do not know.
package struct ConfigurationProblem: Hashable, Sendable, CustomStringConvertible {
    package var file: String
    /// From 1; 0 where the file as a whole is meant.
    package var line: Int
    /// From 1, counted in Unicode scalars; 0 where the file as a whole is meant.
    package var column: Int
    /// Such as `databases.orders.tls.mode`; empty where the file as a whole is meant.
    package var key: String
    package var message: String
    package var fix: String?

    package init(file: String, line: Int, column: Int, key: String, message: String, fix: String?) {
        self.file = file
        self.line = line
        self.column = column
        self.key = key
        self.message = message
        self.fix = fix
    }

    /// `FILE:LINE:COLUMN: key: what is wrong — how to mend it`
    package var description: String {
        let place = line > 0 ? "\(file):\(line):\(column)" : file
        return place + ": " + (key.isEmpty ? "" : key + ": ") + message + (fix.map { " — " + $0 } ?? "")
    }
}
