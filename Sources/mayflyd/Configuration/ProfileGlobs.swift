import MayflyCore

/// `[ orders-read, "shop-*" ]`: profiles by their names, `*` standing for any characters.
enum ProfileGlobs {
    struct Parsed {
        var globs: [Glob]
        /// The profiles that they fit.
        var named: Set<ProfileName>
    }

    static func read(_ field: Field, profiles: ProfileSection.Parsed?) -> Parsed? {
        guard let items = field.list(of: "profiles") else { return nil }
        var parsed = Parsed(globs: [], named: [])
        for item in items {
            guard let text = item.string("the name of a profile") else { continue }
            let glob = Glob(text)
            if parsed.globs.contains(glob) {
                item.error("\(item.shown(text)) is named twice", fix: "keep one")
                continue
            }
            if let profiles, !profiles.declared.contains(where: glob.matches) {
                item.error(
                    glob.isExact
                        ? "no profile is called \(item.shown(text))" : "no profile fits \(item.shown(text))",
                    fix: Spelling.nearest(to: text, among: profiles.declared).map { "did you mean \($0)?" }
                        ?? "under profiles there are: \(profiles.declared.sorted().joined(separator: ", "))")
                continue
            }
            parsed.globs.append(glob)
            for name in profiles?.declared ?? [] where glob.matches(name) {
                if let name = ProfileName(rawValue: name) { parsed.named.insert(name) }
            }
        }
        return parsed
    }
}
