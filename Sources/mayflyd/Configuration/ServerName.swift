import MayflyCore

/// Names that go to the server: databases, accounts, group roles.
enum ServerName {
    /// PostgreSQL cuts longer ones, with no more than a notice (NAMEDATALEN).
    static let longest = 63

    static func read(_ field: Field, _ wanted: String) -> String? {
        guard let text = field.string(wanted) else { return nil }
        guard text.utf8.count <= longest else {
            field.error("\(wanted) has \(text.utf8.count) bytes", fix: "the server keeps \(longest)")
            return nil
        }
        return text
    }

    /// Each name once.
    static func readList(_ field: Field, _ wanted: String, many: String, allowEmpty: Bool) -> [String]? {
        guard let items = field.list(of: many, allowEmpty: allowEmpty) else { return nil }
        var names: [String] = []
        for item in items {
            guard let name = read(item, wanted) else { continue }
            if names.contains(name) {
                item.error("\(item.shown(name)) is named twice", fix: "keep one")
            } else {
                names.append(name)
            }
        }
        return names
    }
}
