/// Reports for a terminal.
enum TerminalText {
    /// - Parameter width: the terminal's columns; nil for no limit.
    static func lines(_ document: ReportDocument, width: Int?) -> [String] {
        var lines = [Escaping.printable(document.title)]
        var facts = Fields()
        for fact in document.subject + document.figures { facts.add(fact.name, fact.value) }
        lines += facts.lines
        for section in document.sections {
            lines.append("")
            if document.sections.count > 1 { lines.append(Escaping.printable(section.title.uppercased())) }
            lines += section.notes.map(Escaping.printable)
            guard !section.rows.isEmpty else {
                lines.append(Escaping.printable(section.empty))
                continue
            }
            let columns = section.columns.enumerated().map { index, column in
                Table.Column(
                    column.title.uppercased(), rank: column.rank,
                    section.rows.map { row in
                        ([row.cells[index].main] + row.cells[index].more).filter { !$0.isEmpty }
                            .joined(separator: "; ")
                    })
            }
            lines += Table(columns).lines(width: width)
        }
        if !document.notes.isEmpty { lines += [""] + document.notes.map { "* " + Escaping.printable($0) } }
        return lines
    }
}
