package import MayflyCore

/// The one place where text becomes part of SQL. Everything else is bound.
package enum PostgreSQLQuoting {
    /// An identifier in double quotes: `my"role` as `"my""role"`.
    ///
    /// - Throws: `invalid` for what no PostgreSQL identifier can be. Longer than 63 bytes the server would cut it,
    ///   with a notice only, and so name something else.
    package static func identifier(_ name: String) throws(EngineFailure) -> String {
        try refuseNUL(name)
        guard (1...63).contains(name.utf8.count) else {
            throw EngineFailure(.invalid, "\(name.quoted(limit: 40)) cannot be an identifier: 1 to 63 bytes")
        }
        return "\"" + name.doubling("\"") + "\""
    }

    /// A string literal that means the same under every setting: with a backslash it is an `E''` literal, as
    /// `standard_conforming_strings` may be off.
    package static func literal(_ text: String) throws(EngineFailure) -> String {
        try refuseNUL(text)
        let doubled = text.doubling("'")
        guard doubled.utf8.contains(UInt8(ascii: "\\")) else { return "'\(doubled)'" }
        return "E'" + doubled.doubling("\\") + "'"
    }

    private static func refuseNUL(_ text: String) throws(EngineFailure) {
        guard !text.utf8.contains(0) else {
            throw EngineFailure(.invalid, "\(text.quoted(limit: 40)) contains NUL")
        }
    }
}
