import MayflyCore
import Yams

/// A mapping whose keys we know. Others are errors, and so are keys that are needed but missing.
struct Section {
    let field: Field
    private let values: [String: Field]
    /// Keys that an unknown one was probably meant to be: they are not reported as missing too.
    private let misspelled: Set<String>

    /// - Returns: nil when `field` is no mapping, after it was reported.
    init?(_ field: Field, keys: [String]) {
        let isConfidential = field.isConfidential
        let entries = field.entries(of: keys.prefix(3).joined(separator: ", ") + " …") { name in
            // `account: { user: mayfly, hunter2 }` is a mapping whose second key is a password.
            !isConfidential || keys.contains(name) || Spelling.nearest(to: name, among: keys) != nil
        }
        guard let entries else { return nil }
        var values: [String: Field] = [:]
        var misspelled: Set<String> = []
        for (name, key, value) in entries {
            if keys.contains(name) {
                values[name] = value
            } else {
                let near = Spelling.nearest(to: name, among: keys)
                if let near { misspelled.insert(near) }
                key.error(
                    "unknown key",
                    fix: near.map { "did you mean \($0)?" } ?? "known here: \(keys.joined(separator: ", "))")
            }
        }
        self.field = field
        self.values = values
        self.misspelled = misspelled
    }

    /// The value of `key`; nil when it was left out. A key without a value counts as an error of its reader.
    func optional(_ key: String) -> Field? { values[key] }

    /// The value of `key`; a missing one is reported at the section's place.
    func required(_ key: String, fix: String) -> Field? {
        if let value = values[key] { return value }
        if misspelled.contains(key) { return nil }
        field.child(key, field.node).error("is missing", fix: fix)
        return nil
    }
}
