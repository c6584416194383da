import MayflyCore

/// `settings: { statement_timeout: 60s }`: defaults for each session of the role.
enum SettingsSection {
    /// What would let a leaser reach further than the group role does, or hide.
    private static let refused: Set = [
        "role", "session_authorization", "session_preload_libraries", "local_preload_libraries",
    ]

    static func read(_ field: Field) -> [String: String]? {
        guard let entries = field.entries(of: "settings") else { return nil }
        var settings: [String: String] = [:]
        for (name, key, value) in entries {
            guard isSettingName(name) else {
                key.error("is not the name of a setting", fix: "such as statement_timeout, in lower case")
                continue
            }
            guard !["log_statement", "log_min_duration_statement"].contains(name) else {
                key.error(
                    "is not a session's to set", fix: "log: { statement: …, min_duration: … } of the profile")
                continue
            }
            guard !refused.contains(name) else {
                key.error("may not be set for a login role", fix: "remove it")
                continue
            }
            // Any scalar: `on`, 5 and 60s all mean to the server what is written.
            guard let text = value.scalar("a value"), value.isLine(text) else { continue }
            guard text.utf8.count <= 1000 else {
                value.error("has \(text.utf8.count) bytes", fix: "at most 1000")
                continue
            }
            settings[name] = text
        }
        return settings
    }

    private static func isSettingName(_ name: String) -> Bool {
        (1...63).contains(name.utf8.count) && !name.hasPrefix(".") && !name.hasSuffix(".")
            && name.utf8.allSatisfy {
                (97...122).contains($0) || (48...57).contains($0) || $0 == 95 || $0 == 46
            }
    }
}
