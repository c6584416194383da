/// Raw SQL with places for names: `GRANT rds_iam TO {{group}}`.
///
/// What is put in is quoted by whoever fills it in, so a place may not stand inside quotes or a comment: a quoted name in
/// a string would end it.
package struct StatementTemplate: Hashable, Sendable {
    package enum Place: String, Sendable, CaseIterable {
        /// The login role.
        case name
        /// The end of the lease.
        case expiration
        /// The group role.
        case group
    }

    /// What is wrong with one; safe to show.
    package enum Problem: Error, Hashable, Sendable {
        case empty
        case unknownPlace(String)
        case insideQuotes(Place)
        case unclosed(String)
    }

    private enum Part: Hashable, Sendable {
        case text(String)
        case place(Place)
    }

    private let parts: [Part]
    package let text: String

    package init(_ text: String, allowing allowed: [Place]) throws(Problem) {
        guard !text.allSatisfy(\.isWhitespace) else { throw .empty }
        self.text = text
        var parts: [Part] = []
        var plain = ""
        var scan = QuoteScan()
        var rest = Substring(text)
        while let next = rest.first {
            if rest.hasPrefix("{{") {
                guard let end = rest.firstRange(of: "}}") else { throw .unclosed("{{") }
                let name = rest[rest.index(rest.startIndex, offsetBy: 2)..<end.lowerBound]
                let word = String(name.filter { !$0.isWhitespace })
                guard let place = Place(rawValue: word), allowed.contains(place) else {
                    throw .unknownPlace(word)
                }
                guard scan.isPlain else { throw .insideQuotes(place) }
                if !plain.isEmpty { parts.append(.text(plain)) }
                plain = ""
                parts.append(.place(place))
                rest = rest[end.upperBound...]
                continue
            }
            scan.take(next, before: rest.dropFirst().first)
            plain.append(next)
            rest.removeFirst()
        }
        if let quote = scan.open { throw .unclosed(quote) }
        if !plain.isEmpty { parts.append(.text(plain)) }
        self.parts = parts
    }

    /// The statement, each place replaced by what `value` says for it: quoted, as it is put in as it is.
    package func filled<Failure: Error>(
        _ value: (Place) throws(Failure) -> String
    ) throws(Failure) -> String {
        var result = ""
        for part in parts {
            switch part {
            case .text(let text): result += text
            case .place(let place): result += try value(place)
            }
        }
        return result
    }
}

/// Whether a place in SQL is inside quotes or a comment. What stands between `$$` counts as plain: the body of a DO.
private struct QuoteScan {
    private enum State {
        case plain
        case quoted(Character)
        case lineComment
        case blockComment
        /// The `*` before the `/`.
        case blockCommentEnds
    }

    private var state = State.plain

    var isPlain: Bool {
        if case .plain = state { true } else { false }
    }

    /// What was opened and not closed.
    var open: String? {
        switch state {
        case .plain, .lineComment: nil
        case .quoted(let quote): String(quote)
        case .blockComment, .blockCommentEnds: "/*"
        }
    }

    mutating func take(_ character: Character, before next: Character?) {
        switch state {
        case .plain:
            switch (character, next) {
            case ("'", _), ("\"", _), ("`", _): state = .quoted(character)
            case ("-", "-"): state = .lineComment
            case ("/", "*"): state = .blockComment
            default: break
            }
        case .quoted(let quote): if character == quote { state = .plain }  // doubled: closed and opened again
        case .lineComment: if character.isNewline { state = .plain }
        case .blockComment: if character == "*", next == "/" { state = .blockCommentEnds }
        case .blockCommentEnds: state = .plain
        }
    }
}
