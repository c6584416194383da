import MayflyCore

/// `access:`, the rules in their order.
enum AccessSection {
    static let keys = ["name", "who", "profiles", "max_ttl"]

    static func readAll(_ field: Field, profiles: ProfileSection.Parsed?) -> [AccessRule]? {
        guard let items = field.list(of: "rules", allowEmpty: true) else { return nil }
        if items.isEmpty { field.note("no rule: nobody is given anything", fix: nil) }
        var names: [String: String] = [:]
        return items.compactMap { read($0, profiles, &names) }
    }

    private static func read(
        _ field: Field, _ profiles: ProfileSection.Parsed?, _ names: inout [String: String]
    ) -> AccessRule? {
        guard let section = Section(field, keys: keys) else { return nil }
        let name = section.required("name", fix: "a name that tells people which rule decided")
            .flatMap { readName($0, &names) }
        let who = section.required("who", fix: "who: [ \"group:developers\" ]")
            .flatMap { PrincipalList.read($0, allowEmpty: false, allowAnyone: true) }
        let chosen = section.required("profiles", fix: "the names of profiles: profiles: [ … ]")
            .flatMap { readProfiles($0, profiles) }
        let maxTTL = section.optional("max_ttl").map { $0.duration() }
        if let maxTTL = maxTTL ?? nil, let chosen, let profiles {
            for profile in chosen.compactMap({ profiles.valid[$0] }) where maxTTL > profile.ttl.max {
                section.optional("max_ttl")?.note(
                    "\(maxTTL) does not raise the maximum of \(profile.name) (\(profile.ttl.max))", fix: nil)
            }
        }
        guard let name, let who, let chosen else { return nil }
        return AccessRule(
            name: name, who: who, profiles: chosen.sorted().map { Glob($0) },
            limits: .init(maxTTL: maxTTL ?? nil))
    }

    private static func readName(_ field: Field, _ names: inout [String: String]) -> String? {
        guard let text = field.string("a name") else { return nil }
        guard text.unicodeScalars.count <= 100 else {
            field.error("has \(text.unicodeScalars.count) characters", fix: "at most 100")
            return nil
        }
        if let first = names[text] {
            field.error("\(field.shown(text)) is also the name of \(first)", fix: "give each rule its own")
            return nil
        }
        names[text] = field.path.replacing(".name", with: "")
        return text
    }

    private static func readProfiles(_ field: Field, _ profiles: ProfileSection.Parsed?) -> Set<ProfileName>?
    {
        guard let items = field.list(of: "profiles") else { return nil }
        var chosen: Set<ProfileName> = []
        for item in items {
            guard let text = item.string("the name of a profile") else { continue }
            if let profiles, !profiles.declared.contains(text) {
                item.error(
                    "no profile is called \(item.shown(text))",
                    fix: Spelling.nearest(to: text, among: profiles.declared).map { "did you mean \($0)?" }
                        ?? "under profiles there are: \(profiles.declared.sorted().joined(separator: ", "))")
                continue
            }
            guard let name = ProfileName(rawValue: text) else { continue }
            if !chosen.insert(name).inserted {
                item.error("\(item.shown(text)) is named twice", fix: "keep one")
            }
        }
        return chosen
    }
}
