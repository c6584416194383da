/// Tables in GitHub's Markdown. Whatever people wrote is text and nothing else: no markup, no link, no mention.
enum MarkdownText {
    static func text(_ document: ReportDocument) -> String {
        var lines = ["# \(value(document.title))", ""]
        lines += facts(document.subject)
        lines += facts(document.figures)
        for section in document.sections {
            lines += ["## \(value(section.title))", ""]
            for note in section.notes { lines += [value(note), ""] }
            lines += section.rows.isEmpty ? [value(section.empty), ""] : table(section)
        }
        if !document.notes.isEmpty {
            lines += ["## Notes", ""] + document.notes.map { "- \(value($0))" }
        }
        return lines.joined(separator: "\n")
    }

    /// - Returns: the text with all that means something in Markdown or HTML escaped, on one line.
    static func value(_ text: String) -> String {
        let escaped = Escaping.scalars(of: Escaping.printable(text)) { scalar in
            switch scalar {
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            // A backslash before it is not enough in every table.
            case "|": "&#124;"
            // Mentions, references and mail addresses are looked for in what is rendered, where neither an entity nor a
            // backslash is left: a blank of no width ends them.
            case "@": "&#64;\u{200B}"
            case "#": "\\#\u{200B}"
            case "\\", "`", "*", "_", "{", "}", "[", "]", "(", ")", "!", "~", "$": "\\\(scalar)"
            default: nil
            }
        }
        return escaped.replacing("://", with: "&#58;//").replacing("www.", with: "www&#46;")
    }

    private static func facts(_ facts: [ReportDocument.Fact]) -> [String] {
        guard !facts.isEmpty else { return [] }
        return ["| | |", "|---|---|"] + facts.map { "| \(value($0.name)) | \(value($0.value)) |" } + [""]
    }

    private static func table(_ section: ReportDocument.Section) -> [String] {
        let titles = section.columns.map { value($0.title) }.joined(separator: " | ")
        let rule = section.columns.map { $0.isNumber ? "---:" : "---" }.joined(separator: "|")
        let rows = section.rows.map { row in
            let cells = row.cells.map { cell in
                ([cell.main] + cell.more).filter { !$0.isEmpty }.map(value).joined(separator: "; ")
            }
            return "| \(cells.joined(separator: " | ")) |"
        }
        return ["| \(titles) |", "|\(rule)|"] + rows + [""]
    }
}
