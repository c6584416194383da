/// Takes the values out of a statement, so that what was done stays and what it was done with does not.
///
///     StatementRedaction.redact("SELECT * FROM t WHERE name = 'Ada' AND id = 7", as: .postgresql)
///     // SELECT * FROM t WHERE name = ? AND id = ?
///
/// Servers normalize statements too, but not all: PostgreSQL before 16 keeps utility statements as they came, and
/// what was cut in the middle of a value ends anyhow. Where a text could be read in two ways (a backslash before a quote), the rest
/// of it is taken for a value. Comments are left out: people write all sorts of things there. Names stay.
package struct StatementRedaction {
    private let scalars: [Unicode.Scalar]
    private let isPostgreSQL: Bool
    private var position = 0
    private var out = String.UnicodeScalarView()

    private init(_ text: String, _ engine: EngineKind) {
        scalars = Array(text.unicodeScalars)
        isPostgreSQL = engine == .postgresql
    }

    package static func redact(_ text: String, as engine: EngineKind) -> String {
        var redaction = StatementRedaction(text, engine)
        redaction.read()
        return redaction.settingless(String(redaction.out))
    }

    private mutating func read() {
        while position < scalars.count {
            let scalar = scalars[position]
            switch scalar {
            case "'": string(scalar)
            case "\"": if isPostgreSQL { name(scalar) } else { string(scalar) }
            case "`" where !isPostgreSQL: name(scalar)
            case "-" where startsLineComment: lineComment()
            case "#" where !isPostgreSQL: lineComment()
            case "/" where starts(with: "/*"): blockComment()
            case "$" where isPostgreSQL: dollar()
            case "0"..."9": number()
            default:
                if Self.isOfWord(scalar) { word() } else { take() }
            }
        }
    }

    private func starts(with text: String) -> Bool { scalars[position...].starts(with: text.unicodeScalars) }

    /// For MySQL and MariaDB only what a blank, a control character or the end follows.
    private var startsLineComment: Bool {
        guard starts(with: "--") else { return false }
        guard !isPostgreSQL, position + 2 < scalars.count else { return true }
        return scalars[position + 2].value <= 0x20
    }

    private mutating func take() {
        out.append(scalars[position])
        position += 1
    }

    /// The rest cannot be told apart.
    private mutating func giveUp() {
        out.append(contentsOf: "? …".unicodeScalars)
        position = scalars.count
    }

    private mutating func string(_ quote: Unicode.Scalar) {
        guard let end = end(of: quote) else { return giveUp() }
        out.append("?")
        position = end
    }

    /// Behind the quote that closes, doubled ones being part of the text; nil where none does, or it is not clear which.
    private func end(of quote: Unicode.Scalar) -> Int? {
        var index = position + 1
        while index < scalars.count {
            if scalars[index] == "\\" {
                // Whether it escapes is a setting of the session.
                guard index + 1 < scalars.count, scalars[index + 1] != quote, scalars[index + 1] != "\\"
                else {
                    return nil
                }
                index += 2
                continue
            }
            if scalars[index] == quote {
                guard index + 1 < scalars.count, scalars[index + 1] == quote else { return index + 1 }
                index += 1
            }
            index += 1
        }
        return nil
    }

    private mutating func name(_ quote: Unicode.Scalar) {
        var index = position + 1
        while index < scalars.count {
            if scalars[index] == quote {
                guard index + 1 < scalars.count, scalars[index + 1] == quote else {
                    out.append(contentsOf: scalars[position...index])
                    position = index + 1
                    return
                }
                index += 1
            }
            index += 1
        }
        giveUp()
    }

    private mutating func lineComment() {
        // A carriage return ends one in PostgreSQL only.
        position =
            scalars[position...].firstIndex { $0 == "\n" || (isPostgreSQL && $0 == "\r") } ?? scalars.count
    }

    /// They nest in PostgreSQL. Elsewhere what one hides may be run (`/*! */`): it is left out all the same.
    private mutating func blockComment() {
        var depth = 0
        repeat {
            if starts(with: "/*"), isPostgreSQL || depth == 0 {
                depth += 1
                position += 2
            } else if starts(with: "*/") {
                depth -= 1
                position += 2
            } else {
                position += 1
            }
        } while depth > 0 && position < scalars.count
        out.append(" ")
    }

    /// `$1` is a place for a value; `$$` and `$tag$` open a text.
    private mutating func dollar() {
        var end = position + 1
        if end < scalars.count, ("0"..."9").contains(scalars[end]) {
            repeat { take() } while position < scalars.count && ("0"..."9").contains(scalars[position])
            return
        }
        while end < scalars.count, Self.isOfWord(scalars[end]), scalars[end] != "$" { end += 1 }
        guard end < scalars.count, scalars[end] == "$" else { return take() }
        let tag = scalars[position...end]
        var index = end + 1
        while index < scalars.count, !scalars[index...].starts(with: tag) { index += 1 }
        guard index < scalars.count else { return giveUp() }
        out.append("?")
        position = index + tag.count
    }

    private mutating func number() {
        while position < scalars.count, Self.isOfWord(scalars[position]) || scalars[position] == "." {
            position += 1
        }
        out.append("?")
    }

    private mutating func word() {
        while position < scalars.count, Self.isOfWord(scalars[position]) { take() }
    }

    private static func isOfWord(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "_", "$", "a"..."z", "A"..."Z", "0"..."9": true
        default: scalar.value >= 0x80
        }
    }

    /// `SET name = value`, alone or of `ALTER ROLE …` or `CREATE FUNCTION …`, takes a value without quotes too.
    private func settingless(_ text: String) -> String {
        let setting =
            /(?i)SET\s+(?:(?:SESSION|LOCAL|GLOBAL|PERSIST|PERSIST_ONLY)\s+)?(?:@@?)?[\w.$`"]+(?:\s+TO\s|\s*:?=)/
        let start = text.prefixMatch(of: /\s*/)?.range.upperBound ?? text.startIndex
        if let match = text[start...].prefixMatch(of: setting) {
            return text[..<match.range.upperBound] + " ?"
        }
        guard text[start...].prefixMatch(of: /(?i)(?:ALTER|CREATE)\s/) != nil,
            let match = text.firstMatch(of: setting)
        else {
            return text
        }
        return text[..<match.range.upperBound] + " ?"
    }
}
