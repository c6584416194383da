extension StatementRedaction {
    /// Whether a password may be somewhere in it: where one of three words stands, whatever it stands for there, where a URI has a part
    /// before `@`, or where a name is written in escapes (`U&"p\0061ssword"`). What has none of these is kept, so that a value that is a
    /// password and is called otherwise (`SET pw = 'x'`) is kept too.
    package static func mayHoldPassword(_ text: String) -> Bool {
        let lower = text.utf8.map { (65...90).contains($0) ? $0 | 0x20 : $0 }
        return words.contains { lower.firstRange(of: Array($0.utf8)) != nil } || hasURIWithPassword(lower)
    }

    private static let words = ["passw", "identified", "secret", "u&\"", "u&'"]

    /// `postgres://user:password@host`
    private static func hasURIWithPassword(_ lower: [UInt8]) -> Bool {
        let slashes = Array("://".utf8)
        var rest = lower[...]
        while let start = rest.firstRange(of: slashes) {
            rest = rest[start.upperBound...]
            let authority = rest.prefix { $0 > 0x20 && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "'") }
            if let at = authority.lastIndex(of: UInt8(ascii: "@")),
                authority[..<at].contains(UInt8(ascii: ":"))
            {
                return true
            }
        }
        return false
    }
}
