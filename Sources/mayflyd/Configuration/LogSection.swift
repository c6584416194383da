import MayflyCore

/// `log: { statement: all, min_duration: 250ms }`: what the server is to log of a profile's leases, as settings of their roles
/// that only a superuser may change.
enum LogSection {
    static func read(_ field: Field, _ database: DatabaseDefinition?) -> [String: String]? {
        guard let section = Section(field, keys: ["statement", "min_duration", "connections", "pgaudit"])
        else {
            return nil
        }
        if let database, database.engine != .postgresql || database.mode != .guard {
            field.error(
                "is for PostgreSQL with the guard only, whose owner may set it",
                fix: "remove it; what a server logs of everybody is set in the server")
            return nil
        }
        section.optional("connections")?.error(
            "PostgreSQL lets nobody set log_connections and log_disconnections for one role (SQLSTATE 55P02)",
            fix: "set both in postgresql.conf, and remove it here")
        section.optional("pgaudit")?.error(
            "is not set yet", fix: "ALTER SYSTEM SET pgaudit.log in the server, or statement: all")
        var settings: [String: String] = [:]
        if let value = section.optional("statement") {
            guard let text = value.string("ddl, mod or all") else { return nil }
            switch text {
            case "ddl", "mod", "all": settings["log_statement"] = text
            case "none":
                value.error(
                    "none would hide what the server logs of everybody",
                    fix: "ddl, mod or all; or leave it out")
            default: value.error("\(value.shown(text)) is not what is logged", fix: "ddl, mod or all")
            }
        }
        if let value = section.optional("min_duration") {
            guard let text = value.scalar("a duration") else { return nil }
            if let milliseconds = milliseconds(text) {
                settings["log_min_duration_statement"] = String(milliseconds)
            } else {
                value.error(
                    "\(value.shown(text)) is no duration up to 1h", fix: "such as 250ms, 2s, or 0ms for all")
            }
        }
        let isWhole =
            section.optional("connections") == nil && section.optional("pgaudit") == nil
            && (section.optional("statement") == nil || settings["log_statement"] != nil)
            && (section.optional("min_duration") == nil || settings["log_min_duration_statement"] != nil)
        return isWhole ? settings : nil
    }

    private static func milliseconds(_ text: String) -> Int? {
        let (digits, factor) = text.hasSuffix("ms") ? (text.dropLast(2), 1) : (text.dropLast(), 1000)
        guard text.hasSuffix("s"), (1...7).contains(digits.utf8.count), let number = Int(digits), number >= 0,
            number * factor <= 3_600_000
        else { return nil }
        return number * factor
    }
}
