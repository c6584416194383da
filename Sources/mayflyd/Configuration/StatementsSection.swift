import MayflyCore

/// A list of raw SQL statements with places for names.
enum StatementsSection {
    static func read(
        _ field: Field, places: [StatementTemplate.Place], for engine: EngineKind? = nil
    ) -> [String]? {
        guard let items = field.list(of: "statements") else { return nil }
        var statements: [String] = []
        for item in items {
            guard let text = item.scalar("a statement"), isText(text, item) else { continue }
            do throws(StatementTemplate.Problem) {
                statements.append(try StatementTemplate(text, allowing: places, for: engine).text)
            } catch {
                let known = places.map { "{{\($0.rawValue)}}" }.joined(separator: ", ")
                switch error {
                case .empty: item.error("is empty", fix: "a statement, or remove the entry")
                case .unknownPlace("password"):
                    item.error(
                        "{{password}} stands for nothing here: the password itself is never sent to a server",
                        fix: "known here: \(known)")
                case .unknownPlace(let name):
                    item.error(
                        "{{\(String(name.prefix(40)))}} stands for nothing here", fix: "known here: \(known)")
                case .insideQuotes(let place):
                    item.error(
                        "{{\(place.rawValue)}} stands inside quotes or a comment",
                        fix: "leave the quotes out: it is put in quoted")
                case .unclosed(let mark): item.error("\(mark) is not closed", fix: "close it")
                case .ambiguous(let what):
                    item.error(
                        "\(what) is read in different ways, by servers and their settings",
                        fix: "another way to say it: a doubled quote, a blank after --")
                case .endsBody(let body):
                    item.error(
                        "\(body) would end the body that it stands in", fix: "another tag, such as $mayfly$")
                case .brokersOwn(let word):
                    item.error(
                        "\(word) would change the broker's own transaction or session",
                        fix: "statements that make, change or end a role")
                }
            }
        }
        return statements.count == items.count ? statements : nil
    }

    /// Lines are taken, other control characters are not.
    private static func isText(_ text: String, _ field: Field) -> Bool {
        let isBad = text.unicodeScalars.contains {
            $0.properties.generalCategory == .control && $0 != "\n" && $0 != "\t"
        }
        if isBad { field.error("has control characters", fix: "lines of plain text") }
        let isLong = text.utf8.count > 65_536
        if isLong { field.error("has \(text.utf8.count) bytes", fix: "at most 65536") }
        return !isBad && !isLong
    }
}
