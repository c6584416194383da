/// Reads raw SQL as far as it takes to know where its quotes and comments are. By scalars, as a server does: a quote with a
/// combining accent behind it is still a quote.
///
/// Where a text could be read in two ways (a backslash before a quote, by `NO_BACKSLASH_ESCAPES` or
/// `standard_conforming_strings`; a comment in a comment), it is refused rather than guessed.
struct StatementScan {
    private typealias Place = StatementTemplate.Place
    typealias Problem = StatementTemplate.Problem

    private let scalars: [Unicode.Scalar]
    private let allowed: [StatementTemplate.Place]
    private let isPostgreSQL: Bool
    private let isMySQL: Bool
    private var position = 0
    private var parts: [StatementTemplate.Part] = []
    private var text = String.UnicodeScalarView()
    /// The quotes of the bodies that we are in, outermost first.
    private var bodies: [[Unicode.Scalar]] = []

    init(_ text: String, allowing allowed: [StatementTemplate.Place], engine: EngineKind?) {
        scalars = Array(text.unicodeScalars)
        self.allowed = allowed
        isPostgreSQL = engine == nil || engine == .postgresql
        isMySQL = engine != .postgresql
    }

    mutating func read() throws(Problem) -> [StatementTemplate.Part] {
        while position < scalars.count {
            switch scalars[position] {
            case "{" where starts(with: "{{"): try place()
            case "'", "\"": try quoted(by: scalars[position])
            case "`" where isMySQL: try quoted(by: "`")
            case "-" where starts(with: "--"): try lineComment()
            case "#" where !isPostgreSQL: try lineComment()
            case "/" where starts(with: "/*"): try blockComment()
            case "$" where isPostgreSQL: try dollar()
            default: take(1)
            }
        }
        if let body = bodies.first { throw .unclosed(String(body)) }
        flush()
        return parts
    }

    // MARK: Moving

    private func starts(with word: String, at start: Int? = nil) -> Bool {
        scalars[(start ?? position)...].starts(with: word.unicodeScalars)
    }

    private mutating func take(_ count: Int) {
        text.append(contentsOf: scalars[position..<position + count])
        position += count
    }

    private mutating func flush() {
        if !text.isEmpty { parts.append(.text(String(text))) }
        text = .init()
    }

    // MARK: What there is

    private mutating func place() throws(Problem) {
        guard let (name, end) = placeName(at: position) else { throw .unclosed("{{") }
        guard let place = Place(rawValue: name), allowed.contains(place) else { throw .unknownPlace(name) }
        flush()
        parts.append(.place(place, within: bodies.map { String($0) }))
        position = end
    }

    /// - Returns: nil when no `}}` follows.
    private func placeName(at start: Int) -> (name: String, end: Int)? {
        guard let end = (start + 2..<scalars.count).first(where: { starts(with: "}}", at: $0) }) else {
            return nil
        }
        return (String(scalars[start + 2..<end]).filter { !$0.isWhitespace }, end + 2)
    }

    /// Quoted text and comments hold no place, and nothing that ends the body around them.
    private func look(at range: Range<Int>) throws(Problem) {
        for index in range where starts(with: "{{", at: index) {
            guard let name = placeName(at: index)?.name else { continue }
            if let place = Place(rawValue: name) { throw .insideQuotes(place) }
            if name == "password" { throw .unknownPlace(name) }
        }
        for body in bodies where range.contains(where: { scalars[$0...].starts(with: body) }) {
            throw .endsBody(String(body))
        }
    }

    private mutating func quoted(by quote: Unicode.Scalar) throws(Problem) {
        var end = position + 1
        var backslashes = 0
        while end < scalars.count, scalars[end] != quote {
            backslashes = scalars[end] == "\\" ? backslashes + 1 : 0
            end += 1
            if end < scalars.count, scalars[end] == quote, backslashes % 2 == 1 {
                throw .ambiguous("a backslash before a quote")
            }
        }
        guard end < scalars.count else { throw .unclosed(String(quote)) }
        try look(at: position..<end + 1)
        take(end + 1 - position)
    }

    private mutating func lineComment() throws(Problem) {
        let end = scalars[position...].firstIndex { $0 == "\n" || $0 == "\r" } ?? scalars.count
        // MariaDB and MySQL take `--` for one only before a blank.
        if isMySQL, starts(with: "--"), position + 2 < end, !scalars[position + 2].properties.isWhitespace {
            throw .ambiguous("-- without a blank behind it")
        }
        try look(at: position..<end)
        take(end - position)
    }

    private mutating func blockComment() throws(Problem) {
        guard let end = (position + 2..<scalars.count).first(where: { starts(with: "*/", at: $0) }) else {
            throw .unclosed("/*")
        }
        if (position + 2..<end).contains(where: { starts(with: "/*", at: $0) }) {
            throw .ambiguous("a comment in a comment")
        }
        if isMySQL, starts(with: "!", at: position + 2) || starts(with: "M!", at: position + 2) {
            throw .ambiguous("/*!")
        }
        try look(at: position..<end + 2)
        take(end + 2 - position)
    }

    /// `$$` or `$tag$` opens a body, or closes the one that it opened.
    private mutating func dollar() throws(Problem) {
        var end = position + 1
        while end < scalars.count, Self.isOfName(scalars[end]), scalars[end] != "$" { end += 1 }
        let isDigitFirst = position + 1 < end && ("0"..."9").contains(scalars[position + 1])
        guard end < scalars.count, scalars[end] == "$", !isDigitFirst else { return take(1) }
        let tag = Array(scalars[position...end])
        if bodies.last == tag {
            bodies.removeLast()
        } else if bodies.contains(tag) {
            throw .endsBody(String(tag))
        } else if position > 0, Self.isOfName(scalars[position - 1]) {
            // A dollar in a name.
            return take(1)
        } else {
            bodies.append(tag)
        }
        take(tag.count)
    }

    private static func isOfName(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "_", "$", "a"..."z", "A"..."Z", "0"..."9": true
        default: scalar.value >= 0x80
        }
    }

    /// The first two words of a statement, in capitals, comments and blanks before them left out; none when there is
    /// nothing else. What begins with something else than a letter is the server's to judge, and answered as `?`.
    static func firstWords(of text: String) -> [String] {
        var rest = Array(text.unicodeScalars)[...]
        var words: [String] = []
        while words.count < 2 {
            rest = rest.drop { $0.properties.isWhitespace || $0 == ";" || $0 == "(" }
            if rest.starts(with: "--".unicodeScalars) || rest.first == "#" {
                rest = rest.drop { $0 != "\n" && $0 != "\r" }
            } else if rest.starts(with: "/*".unicodeScalars) {
                rest = rest.dropFirst(2)
                while !rest.isEmpty, !rest.starts(with: "*/".unicodeScalars) { rest = rest.dropFirst() }
                rest = rest.dropFirst(2)
            } else {
                let word = rest.prefix { ("a"..."z").contains($0) || ("A"..."Z").contains($0) }
                if rest.isEmpty { break }
                words.append(word.isEmpty ? "?" : String(word).uppercased())
                if word.isEmpty { break }
                rest = rest.dropFirst(word.count)
            }
        }
        return words
    }
}

extension String {
    fileprivate init(_ scalars: some Sequence<Unicode.Scalar>) {
        var view = UnicodeScalarView()
        view.append(contentsOf: scalars)
        self.init(view)
    }
}
