/// Tells the text of a prepared statement from the name that stands before it in a log: `NAME[/PORTAL]: TEXT`.
///
/// The client chooses both names, of any characters and any length (`exec_execute_message` in postgres.c), and could have them end in
/// what makes the text look like a comment or a value. So each `: ` may be where the text begins. What begins like no statement, or
/// like another one than the server calls it at that moment (`ps`), is none. What is left of several is kept beside the first.
enum PreparedText {
    /// Places that are looked at, and texts that are kept.
    private static let (mostPlaces, mostTexts) = (10_000, 8)

    /// - Parameter rest: from the name on.
    /// - Returns: nil where there is no text at all.
    static func read(_ rest: Substring, tag: String?) -> LoggedStatement? {
        let bytes = Array(rest.utf8)
        var texts: [Substring] = []
        var (first, places) = (Int?.none, 0)
        var index = 0
        while index + 1 < bytes.count {
            defer { index += 1 }
            guard bytes[index] == UInt8(ascii: ":"), bytes[index + 1] == UInt8(ascii: " ") else { continue }
            if first == nil { first = index + 2 }
            places += 1
            guard places <= mostPlaces else { break }
            let text = rest[rest.utf8.index(rest.startIndex, offsetBy: index + 2)...]
            guard let word = StatementVerbs.opening(text),
                tag.map({ StatementVerbs.mayBe(word, tag: $0) }) ?? true
            else { continue }
            texts.append(text)
            // The first ones and the last ones.
            if texts.count > mostTexts { texts.remove(at: mostTexts / 2) }
        }
        guard let first else { return nil }
        // What begins like no statement that we know may be one of a newer server; and not all places were looked at.
        if texts.isEmpty || places > mostPlaces {
            let plain = rest[rest.utf8.index(rest.startIndex, offsetBy: first)...]
            let isOnly = places == 1
            return LoggedStatement(text: String(plain), others: isOnly ? [] : texts.map(String.init) + [""])
        }
        return LoggedStatement(text: String(texts[0]), others: texts.dropFirst().map(String.init))
    }
}
