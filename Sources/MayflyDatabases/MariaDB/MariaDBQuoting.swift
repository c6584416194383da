package import MayflyCore

/// The one place where text becomes part of MariaDB's or MySQL's SQL. Everything else is bound.
package enum MariaDBQuoting {
    /// An identifier in backticks, which quote under every sql_mode: `my``role` for my`role.
    ///
    /// - Parameter limit: in characters; 64 for most names, 32 for an account of MySQL.
    /// - Throws: `invalid` for what cannot be one, or would be cut.
    package static func identifier(_ name: String, limit: Int = 64) throws(EngineFailure) -> String {
        try refuseControls(name)
        // The server counts code points, and takes none beyond U+FFFF.
        guard (1...limit).contains(name.unicodeScalars.count),
            name.unicodeScalars.allSatisfy({ $0.value <= 0xFFFF }),
            name.last != " "
        else {
            throw EngineFailure(
                .invalid, "\(name.quoted(limit: 40)) cannot be an identifier: 1 to \(limit) characters")
        }
        return "`" + name.doubling("`") + "`"
    }

    /// An account as SQL has it: `mayfly`@`10.0.0.5`.
    package static func account(_ user: String, host: String) throws(EngineFailure) -> String {
        try identifier(user, limit: 128) + "@" + (try identifier(host, limit: 255))
    }

    /// A role as SQL has it: with the host part that MySQL's have, or none.
    package static func role(_ name: String, host: String?) throws(EngineFailure) -> String {
        guard let host else { return try identifier(name, limit: 128) }
        return try account(name, host: host)
    }

    /// A string literal that means the same under every sql_mode: with a backslash or a double quote in it, it is
    /// written as hexadecimal digits, as NO_BACKSLASH_ESCAPES changes what a backslash is.
    package static func literal(_ text: String) throws(EngineFailure) -> String {
        try refuseControls(text)
        // By bytes, as the server goes: a backslash with a combining accent behind it is a backslash.
        guard text.utf8.contains(UInt8(ascii: "\\")) || text.utf8.contains(UInt8(ascii: "\"")) else {
            return "'" + text.doubling("'") + "'"
        }
        let digits = text.utf8.map { byte in
            let hex = String(byte, radix: 16, uppercase: true)
            return hex.count == 1 ? "0" + hex : hex
        }
        return "_utf8mb4 X'" + digits.joined() + "'"
    }

    /// A string literal for where the grammar takes no hexadecimal digits (MySQL's ATTRIBUTE), under `plainMode`.
    package static func plainLiteral(_ text: String) throws(EngineFailure) -> String {
        try refuseControls(text)
        return "'" + text.doubling("\\").doubling("'") + "'"
    }

    /// The sql_mode of a session that says `plainLiteral`, in which a backslash escapes and a double quote is none.
    package static let plainMode = "STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION"

    private static func refuseControls(_ text: String) throws(EngineFailure) {
        guard !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
            throw EngineFailure(.invalid, "\(text.quoted(limit: 40)) contains a control character")
        }
    }
}
