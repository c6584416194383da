/// Takes the values out of a statement, so that what was done stays and what it was done with does not.
///
///     StatementRedaction.redact("SELECT * FROM t WHERE name = 'Ada' AND id = 7", as: .postgresql)
///     // SELECT * FROM t WHERE name = ? AND id = ?
///
/// Servers normalize statements too, but not all: PostgreSQL before 16 keeps utility statements as they came, and
/// what was cut in the middle of a value ends anyhow. A server's log has whole query strings, of several statements: what is
/// a value in one of them hides none of the others. Where a text could be read in two ways (a backslash before a quote), the rest
/// of it is taken for a value; of that the words that begin statements stay, and `Reading.isComplete` says so. The bodies of
/// `DO` and of functions are statements, not values. Comments are left out: people write all sorts of things there. Names stay.
package struct StatementRedaction {
    package struct Reading: Hashable, Sendable {
        package var text: String
        /// All that is no value is in `text`.
        package var isComplete: Bool
    }

    private static let deepest = 4

    let scalars: [Unicode.Scalar]
    let isPostgreSQL: Bool
    private let engine: EngineKind
    private let depth: Int
    var position = 0
    private var out = String.UnicodeScalarView()
    /// The statement that is being read.
    var statement = String.UnicodeScalarView()
    /// Its words, in lower case.
    private var words: [String] = []
    /// Texts in it that may be bodies, and where each one's `?` stands in `statement`.
    private var bodies: [(place: Int, text: [Unicode.Scalar]?)] = []
    private var isComplete = true

    private init(_ scalars: [Unicode.Scalar], _ engine: EngineKind, depth: Int) {
        self.scalars = scalars
        self.engine = engine
        self.depth = depth
        isPostgreSQL = engine == .postgresql
    }

    package static func redact(_ text: String, as engine: EngineKind) -> String {
        read(text, as: engine).text
    }

    package static func read(_ text: String, as engine: EngineKind) -> Reading {
        read(Array(text.unicodeScalars), engine, depth: 0)
    }

    private static func read(_ scalars: [Unicode.Scalar], _ engine: EngineKind, depth: Int) -> Reading {
        var redaction = StatementRedaction(scalars, engine, depth: depth)
        redaction.read()
        return Reading(text: String(redaction.out), isComplete: redaction.isComplete)
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
            case ";":
                endStatement()
                out.append(scalar)
                position += 1
            default:
                if Self.isOfWord(scalar) { word() } else { take() }
            }
        }
        endStatement()
    }

    private func starts(with text: String) -> Bool { scalars[position...].starts(with: text.unicodeScalars) }

    /// For MySQL and MariaDB only what a blank, a control character or the end follows.
    private var startsLineComment: Bool {
        guard starts(with: "--") else { return false }
        guard !isPostgreSQL, position + 2 < scalars.count else { return true }
        return scalars[position + 2].value <= 0x20
    }

    private mutating func take() {
        statement.append(scalars[position])
        position += 1
    }

    /// The rest cannot be told apart: of it only words that the language has stay.
    private mutating func giveUp() {
        isComplete = false
        statement.append(contentsOf: "? …".unicodeScalars)
        endStatement()
        let verbs = StatementVerbs.all(in: scalars[position...])
        if !verbs.isEmpty { out.append(contentsOf: " (\(verbs.joined(separator: ", ")))".unicodeScalars) }
        position = scalars.count
    }

    // MARK: - Values and names

    private mutating func string(_ quote: Unicode.Scalar) {
        let escapes = self.escapes
        guard let end = end(of: quote, escapes) else { return giveUp() }
        let text = scalars[(position + 1)..<(end - 1)]
        // Where each character stands for itself.
        let isPlain = escapes != .always && !text.contains("\\")
        mark(isPlain ? Self.undoubled(text, quote) : nil)
        position = end
    }

    /// A value, which may turn out to be a body.
    private mutating func mark(_ text: [Unicode.Scalar]?) {
        if isPostgreSQL, words.first == "do" || words.first == "create" && words.suffix(2).contains("as") {
            // There is one; what has more is no statement.
            if bodies.count < 4 { bodies.append((statement.count, text)) } else { isComplete = false }
        }
        statement.append("?")
    }

    private static func undoubled(_ text: ArraySlice<Unicode.Scalar>, _ quote: Unicode.Scalar)
        -> [Unicode.Scalar]
    {
        var plain: [Unicode.Scalar] = []
        var index = text.startIndex
        while index < text.endIndex {
            plain.append(text[index])
            index += text[index] == quote ? 2 : 1
        }
        return plain
    }

    /// Whether a backslash makes the character after it one of the text.
    private enum Escapes { case always, never, unknown }

    /// By what stands before the quote: in `E''` always, in `U&''` never, else it is a setting of the session.
    private var escapes: Escapes {
        guard isPostgreSQL, position > 0 else { return .unknown }
        let last = scalars[position - 1]
        func isAlone(_ index: Int) -> Bool { index == 0 || !Self.isOfWord(scalars[index - 1]) }
        if last == "E" || last == "e", isAlone(position - 1) { return .always }
        if last == "&", position > 1, scalars[position - 2] == "U" || scalars[position - 2] == "u",
            isAlone(position - 2)
        {
            return .never
        }
        return .unknown
    }

    /// Behind the quote that closes, doubled ones being part of the text; nil where none does, or it is not clear which.
    private func end(of quote: Unicode.Scalar, _ escapes: Escapes) -> Int? {
        var index = position + 1
        while index < scalars.count {
            if scalars[index] == "\\", escapes != .never {
                var after = index
                while after < scalars.count, scalars[after] == "\\" { after += 1 }
                // Of an even number each escapes the next, or none does.
                let isOdd = (after - index) % 2 == 1
                guard isOdd, after < scalars.count, scalars[after] == quote else {
                    index = after
                    continue
                }
                guard escapes == .always else { return nil }
                index = after + 1
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
                    statement.append(contentsOf: scalars[position...index])
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
        let start = position
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
        if depth > 0 {
            position = start
            return giveUp()
        }
        statement.append(" ")
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
        mark(Array(scalars[(end + 1)..<index]))
        position = index + tag.count
    }

    /// A text may follow one at once (`1$$…$$`), but for names that begin with digits, which PostgreSQL has none of.
    private mutating func number() {
        while position < scalars.count, Self.isOfWord(scalars[position]) || scalars[position] == ".",
            scalars[position] != "$" || !isPostgreSQL
        {
            position += 1
        }
        statement.append("?")
    }

    private mutating func word() {
        let start = position
        while position < scalars.count, Self.isOfWord(scalars[position]) { take() }
        let word = StatementVerbs.lowercased(scalars[start..<position])
        words.append(word)
        // In a body these begin statements.
        if depth > 0, ["begin", "then", "else", "loop"].contains(word) { endStatement() }
    }

    static func isOfWord(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "_", "$", "a"..."z", "A"..."Z", "0"..."9": true
        default: scalar.value >= 0x80
        }
    }

    // MARK: - Statements

    private mutating func endStatement() {
        let first = words.first
        let isRoutine = first == "create" && words.contains { $0 == "function" || $0 == "procedure" }
        if first == "do" || isRoutine {
            if isRoutine { dropSettingOfRoutine() }
            fillBodies()
        } else if first == "set" || first == "alter" || first == "create" {
            let cut = settingless(String(statement), isAlone: first == "set").unicodeScalars
            // A rule's or an event's action may go on behind it.
            if first == "create", cut.count != statement.count { isComplete = false }
            statement = cut
        }
        out.append(contentsOf: statement)
        statement = String.UnicodeScalarView()
        words = []
        bodies = []
    }

    /// Puts the bodies in their places, without values.
    private mutating func fillBodies() {
        // In other languages a value looks otherwise.
        let language = words.lastIndex(of: "language").map { words.dropFirst($0 + 1).first }
        let isSQL = language.map { $0 == "plpgsql" || $0 == "sql" } ?? true
        for body in bodies.reversed() {
            guard isSQL, depth < Self.deepest, let text = body.text else {
                isComplete = false
                continue
            }
            let reading = Self.read(text, engine, depth: depth + 1)
            if !reading.isComplete { isComplete = false }
            let place = statement.index(statement.startIndex, offsetBy: body.place)
            statement.replaceSubrange(place...place, with: "$$\(reading.text)$$".unicodeScalars)
        }
    }

    /// `CREATE FUNCTION … SET name = value` may go on behind the value: what stands there is left out, bodies stay.
    private mutating func dropSettingOfRoutine() {
        let text = String(statement)
        guard let match = text.firstMatch(of: Self.setting) else { return }
        isComplete = false
        let from = text.unicodeScalars.distance(from: text.startIndex, to: match.range.upperBound)
        let to = bodies.first { $0.place >= from }?.place ?? statement.count
        let (start, end) = (
            statement.index(statement.startIndex, offsetBy: from),
            statement.index(statement.startIndex, offsetBy: to)
        )
        let mark = " ? … ".unicodeScalars
        statement.replaceSubrange(start..<end, with: mark)
        for index in bodies.indices where bodies[index].place >= from {
            bodies[index].place += mark.count - (to - from)
        }
    }

    private static var setting: Regex<Substring> {
        /(?i)SET\s+(?:(?:SESSION|LOCAL|GLOBAL|PERSIST|PERSIST_ONLY)\s+)?(?:@@?)?[\w.`"$]+(?:\s+TO\s|\s*:?=)/
            .matchingSemantics(.unicodeScalar)
    }

    /// `SET name = value`, alone or of `ALTER ROLE …`, takes a value without quotes too.
    private func settingless(_ text: String, isAlone: Bool) -> String {
        let start = text.unicodeScalars.firstIndex { $0 == "S" || $0 == "s" } ?? text.startIndex
        let match =
            isAlone ? text[start...].prefixMatch(of: Self.setting) : text.firstMatch(of: Self.setting)
        return match.map { text[..<$0.range.upperBound] + " ?" } ?? text
    }
}
