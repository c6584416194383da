import MayflyCore

/// `state: { path: /var/lib/mayfly/mayfly.db }`
enum StateSection {
    static func read(_ field: Field) -> String? {
        guard let section = Section(field, keys: ["path"]) else { return nil }
        return section.required("path", fix: "such as /var/lib/mayfly/mayfly.db").flatMap(PathValue.read)
    }
}
