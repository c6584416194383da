import MayflyCore

/// `requires: { reason: { min_length: 10 }, ticket: { pattern: "OPS-[0-9]+" }, mfa: { max_age: 10m } }`
///
/// Each may also be `required`, with nothing more to it.
enum RequirementsSection {
    static func read(_ field: Field) -> Requirements? {
        guard let section = Section(field, keys: ["reason", "ticket", "mfa"]) else { return nil }
        let reason = section.optional("reason").map { readText($0, keys: ["min_length", "pattern"]) }
        let ticket = section.optional("ticket").map { readText($0, keys: ["pattern"]) }
        let mfa = section.optional("mfa").map(readMFA)
        return Requirements(reason: reason ?? nil, ticket: ticket ?? nil, mfa: mfa ?? nil)
    }

    private static func readText(_ field: Field, keys: [String]) -> Requirements.Text? {
        if field.isScalar { return isRequired(field) ? .init() : nil }
        guard let section = Section(field, keys: keys) else { return nil }
        let length = section.optional("min_length").map { $0.integer(1...500) } ?? 1
        let pattern = section.optional("pattern").map(readPattern)
        guard let length else { return nil }
        return Requirements.Text(minimumLength: length, patterns: [pattern ?? nil].compactMap(\.self))
    }

    private static func readPattern(_ field: Field) -> Pattern? {
        guard let text = field.string("a pattern") else { return nil }
        do { return try Pattern(parsing: text) } catch {
            field.error(
                "the pattern \(error)",
                fix:
                    "it fits the whole text; literals, . [a-z] \\d \\w \\s ( | ) * + ? {2,5} are taken, such as \"OPS-\\\\d+\""
            )
            return nil
        }
    }

    static func readMFA(_ field: Field) -> MFADemand? {
        if field.isScalar { return isRequired(field) ? .init() : nil }
        guard let section = Section(field, keys: ["max_age", "amr", "acr"]) else { return nil }
        var demand = MFADemand()
        if let age = section.optional("max_age")?.duration() { demand.maxAge = age.seconds }
        if let amr = section.optional("amr") { demand.amr = readNames(amr) }
        if let acr = section.optional("acr") { demand.acr = readNames(acr) }
        return demand
    }

    private static func readNames(_ field: Field) -> [String] {
        field.list(of: "values", allowEmpty: true)?.compactMap { $0.string("a value of the claim") } ?? []
    }

    private static func isRequired(_ field: Field) -> Bool {
        guard let text = field.scalar("required, or a mapping") else { return false }
        guard text == "required" else {
            field.error("\(field.shown(text)) is not required", fix: "required, a mapping, or leave it out")
            return false
        }
        return true
    }
}
