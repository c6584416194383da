import MayflyCore

/// Names that go to the server: databases, accounts, group roles.
enum ServerName {
    /// What a server keeps of a name: longer ones are refused here, never cut.
    enum Limit: Equatable {
        case bytes(Int)
        case characters(Int)
    }

    static func read(_ field: Field, _ wanted: String, most: Limit) -> String? {
        guard let text = field.string(wanted) else { return nil }
        let (count, limit, unit) =
            switch most {
            case .bytes(let limit): (text.utf8.count, limit, "bytes")
            case .characters(let limit): (text.unicodeScalars.count, limit, "characters")
            }
        guard count <= limit else {
            field.error("\(wanted) has \(count) \(unit)", fix: "the server keeps \(limit)")
            return nil
        }
        return text
    }

    /// Each name once.
    static func readList(
        _ field: Field, _ wanted: String, many: String, allowEmpty: Bool, most: Limit
    ) -> [String]? {
        guard let items = field.list(of: many, allowEmpty: allowEmpty) else { return nil }
        var names: [String] = []
        for item in items {
            guard let name = read(item, wanted, most: most) else { continue }
            if names.contains(name) {
                item.error("\(item.shown(name)) is named twice", fix: "keep one")
            } else {
                names.append(name)
            }
        }
        return names
    }
}
