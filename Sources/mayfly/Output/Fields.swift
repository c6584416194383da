/// A name and a value a line, for one thing.
struct Fields {
    private var rows: [(name: String, value: String)] = []

    /// Adds a line; nothing for nil or an empty value.
    mutating func add(_ name: String, _ value: String?) {
        if let value, !value.isEmpty { rows.append((name, Escaping.printable(value))) }
    }

    var lines: [String] {
        let width = rows.map(\.name.count).max() ?? 0
        return rows.map { $0.name + String(repeating: " ", count: width - $0.name.count + 2) + $0.value }
    }
}
