/// Tables for spreadsheets (RFC 4180): every value in quotes, lines end with CR LF.
///
/// A spreadsheet takes a value that begins with `=`, `+`, `-`, `@` or a tab for a formula, quotes or not: such a value
/// gets an apostrophe in front, as OWASP advises ("CSV Injection"). Control characters and line breaks are escaped: a
/// value is never more than one line.
enum CSVText {
    static func text(_ document: ReportDocument) -> String {
        document.sections.map { section in
            let rows = [section.columns.map(\.title)] + section.rows.map { $0.cells.map(flat) }
            return rows.map { $0.map(value).joined(separator: ",") + "\r\n" }.joined()
        }.joined(separator: "\r\n")
    }

    static func value(_ text: String) -> String {
        var safe = Escaping.printable(text)
        // Blanks do not help: some programs cut them off first.
        let first = safe.unicodeScalars.first { !$0.properties.isWhitespace }
        if let first, startsFormula.contains(first) { safe = "'" + safe }
        return "\"" + Escaping.scalars(of: safe) { $0 == "\"" ? "\"\"" : nil } + "\""
    }

    /// The wide forms are taken for the narrow ones by some.
    private static let startsFormula: Set<Unicode.Scalar> = [
        "=", "+", "-", "@", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}", "|", "%",
    ]

    private static func flat(_ cell: ReportDocument.Cell) -> String {
        ([cell.main] + cell.more).filter { !$0.isEmpty }.joined(separator: "; ")
    }
}
