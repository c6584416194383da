/// A report as one file for a browser and for paper: no script, nothing from elsewhere, and a policy that lets nothing in.
///
/// Whatever people wrote is escaped as text. Styles stand in one sheet, which the policy admits by its hash; no element has
/// one of its own.
enum HTMLText {
    static func text(_ document: ReportDocument) -> String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="\(policy)">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="referrer" content="no-referrer">
        <meta name="color-scheme" content="light dark">
        <title>\(value(document.title))</title>
        <style>\(ReportSheet.css)</style>
        </head>
        <body>
        <header>
        <h1>\(value(document.title))</h1>
        <dl class="subject">\(document.subject.map(fact).joined())</dl>
        </header>
        \(figures(document.figures))\(picture(document.timeline))\(document.sections.map(section).joined())\
        \(notes(document.notes))
        </body>
        </html>
        """
    }

    static let policy =
        "default-src 'none'; style-src '\(ReportSheet.hash)'; base-uri 'none'; form-action 'none'"

    /// The text of others, as text: control characters and bidirectional marks shown, the five that mean something to a
    /// parser escaped.
    static func value(_ text: String) -> String {
        Escaping.scalars(of: Escaping.printable(text)) { scalar in
            switch scalar {
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            case "\"": "&quot;"
            case "'": "&#39;"
            default: nil
            }
        }
    }

    private static func fact(_ fact: ReportDocument.Fact) -> String {
        "<div><dt>\(value(fact.name))</dt><dd>\(value(fact.value))</dd></div>"
    }

    private static func figures(_ figures: [ReportDocument.Fact]) -> String {
        guard !figures.isEmpty else { return "" }
        let tiles = figures.map { figure in
            "<li class=\"\(css(figure.mark))\"><b>\(value(figure.value))</b><span>\(value(figure.name))</span></li>"
        }
        return "<ul class=\"figures\">\(tiles.joined())</ul>\n"
    }

    private static func picture(_ timeline: Timeline?) -> String {
        guard let timeline, !timeline.bands.isEmpty else { return "" }
        return """
            <figure>
            \(TimelineSVG.text(timeline))
            <figcaption>\(timeline.legend.map { kind in
                "<span class=\"key \(kind.css)\">\(value(kind.title))</span>"
            }.joined())\(timeline.hasSessions ? "<span class=\"key session\">connected</span>" : "")\
            <span>\(value(timeline.caption))</span></figcaption>
            </figure>

            """
    }

    private static func section(_ section: ReportDocument.Section) -> String {
        let notes = section.notes.map { "<p>\(value($0))</p>" }.joined()
        guard !section.rows.isEmpty else {
            return
                "<section><h2>\(value(section.title))</h2>\(notes)<p class=\"quiet\">\(value(section.empty))</p>"
                + "</section>\n"
        }
        let head = section.columns.map { column in
            "<th class=\"\(column.css)\">\(value(column.title))</th>"
        }.joined()
        let rows = section.rows.map { row in
            let cells = zip(row.cells, section.columns).map { cell, column in
                let more = cell.more.filter { !$0.isEmpty }.map { "<small>\(value($0))</small>" }.joined()
                return "<td class=\"\(column.css)\">\(value(cell.main))\(more)</td>"
            }.joined()
            return "<tr class=\"\(css(row.mark))\">\(cells)</tr>\n"
        }.joined()
        return """
            <section><h2>\(value(section.title))</h2>\(notes)
            <div class="table"><table><thead><tr>\(head)</tr></thead><tbody>
            \(rows)</tbody></table></div></section>

            """
    }

    private static func notes(_ notes: [String]) -> String {
        guard !notes.isEmpty else { return "" }
        return "<footer><ul>\(notes.map { "<li>\(value($0))</li>" }.joined())</ul></footer>"
    }

    private static func css(_ mark: ReportDocument.Mark) -> String {
        switch mark {
        case .plain: "plain"
        case .warning: "warning"
        case .quiet: "quiet"
        }
    }
}
