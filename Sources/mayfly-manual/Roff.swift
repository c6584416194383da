/// The text of a manual page: https://man7.org/linux/man-pages/man7/man.7.html
struct Roff {
    private(set) var text = ""

    mutating func macro(_ name: String, _ arguments: String...) {
        text += ".\(name)" + arguments.map { " \"\(Self.escaped($0))\"" }.joined() + "\n"
    }

    /// A line of text, which may already hold escapes of ours.
    mutating func line(_ line: String) {
        // A line that begins with one of these would be a request.
        text += (line.hasPrefix(".") || line.hasPrefix("'") ? "\\&" : "") + line + "\n"
    }

    /// Paragraphs, with indented lines as they stand, and headings of our help pages as sections.
    mutating func prose(_ discussion: String) {
        for paragraph in discussion.split(separator: "\n\n") {
            var lines = paragraph.split(separator: "\n", omittingEmptySubsequences: false)
            if let section = ["Examples:": "EXAMPLES", "Exit codes:": "EXIT STATUS"][
                lines.first.map(String.init) ?? ""]
            {
                macro("SH", section)
                lines.removeFirst()
            } else {
                macro("PP")
            }
            let isVerbatim = lines.allSatisfy { $0.hasPrefix("  ") }
            if isVerbatim { macro("EX") }
            for line in lines {
                self.line(Self.escaped(isVerbatim ? String(line.dropFirst(2)) : String(line)))
            }
            if isVerbatim { macro("EE") }
        }
    }

    static func bold(_ text: String) -> String { "\\fB\(escaped(text))\\fR" }
    static func italic(_ text: String) -> String { "\\fI\(escaped(text))\\fR" }

    /// A plain hyphen must stay one, so that an option can be copied from the page.
    static func escaped(_ text: String) -> String {
        text.reduce(into: "") { out, character in
            switch character {
            case "\\": out += "\\e"
            case "-": out += "\\-"
            case "\"": out += "\\(dq"
            case "'": out += "\\(aq"
            case "`": out += "\\(ga"
            case "^": out += "\\(ha"
            case "~": out += "\\(ti"
            default: out.append(character)
            }
        }
    }
}
