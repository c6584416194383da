/// A `.env` file. Its readers disagree about escapes and substitution, so only what all of them read alike is
/// written: plain words, and values that one kind of quotes keeps whole.
enum DotEnv {
    static func line(_ name: String, _ value: String) throws -> String {
        let isPlain =
            !value.isEmpty
            && value.utf8.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || "_-./:@%+,=?".utf8.contains($0)
            }
        if isPlain { return "\(name)=\(value)" }
        // Python's reader substitutes `${…}` in any quotes.
        try Unwritable.refuse(value, in: "a .env file") { $0 == "\\" || $0.isLineEnd }
        if value.utf8.contains(UInt8(ascii: "$")), value.utf8.contains(UInt8(ascii: "{")) {
            try Unwritable.refuse(value, in: "a .env file") { $0 == "$" }
        }
        if !value.utf8.contains(UInt8(ascii: "'")) { return "\(name)='\(value)'" }
        try Unwritable.refuse(value, in: "a .env file") { $0 == "\"" || $0 == "$" || $0 == "`" }
        return "\(name)=\"\(value)\""
    }
}
