import MayflyCore

/// `conflicts: [ { name: …, profiles: [ orders-write, audit-read ], within: 24h } ]`
enum ConflictsSection {
    static func read(_ field: Field, profiles: ProfileSection.Parsed?) -> [Conflict]? {
        field.list(of: "conflicts", allowEmpty: true)?.compactMap { item in
            guard let section = Section(item, keys: ["name", "profiles", "within"]) else { return nil }
            let name = section.required("name", fix: "a name that tells people why").flatMap {
                $0.string("a name")
            }
            let chosen = section.required("profiles", fix: "at least two profiles: profiles: [ …, … ]")
                .flatMap { ProfileGlobs.read($0, profiles: profiles) }
            let within = section.optional("within").map { $0.duration()?.seconds } ?? 0
            guard let name, let chosen, let within else { return nil }
            guard chosen.named.count > 1 || profiles == nil else {
                section.optional("profiles")?.error(
                    "is one profile, which conflicts with nothing", fix: "name another")
                return nil
            }
            return Conflict(name: name, profiles: chosen.named, within: within)
        }
    }
}
