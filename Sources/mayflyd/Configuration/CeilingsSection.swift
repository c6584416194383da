import MayflyCore

/// `ceilings: { max_ttl: 8h, max_live: 500, max_issues_per_minute: 600 }`: what the guard is told to enforce.
enum CeilingsSection {
    static func read(_ field: Field, _ family: EngineFamily) -> DatabaseDefinition.Ceilings? {
        guard let section = Section(field, keys: ["max_ttl", "max_live", "max_issues_per_minute"]) else {
            return nil
        }
        var ceilings = family.ceilings
        if let value = section.optional("max_ttl")?.duration() { ceilings.maxTTL = value }
        if let value = section.optional("max_live")?.integer(1...100_000) { ceilings.maxLive = value }
        if family == .mysql, ceilings.maxLive > family.ceilings.maxLive {
            section.optional("max_live")?.note(
                "each statement about an account gets slower with every account that there is, for everybody",
                fix: nil)
        }
        if let value = section.optional("max_issues_per_minute")?.integer(1...1_000_000) {
            ceilings.maxIssuesPerMinute = value
        }
        return ceilings
    }
}
