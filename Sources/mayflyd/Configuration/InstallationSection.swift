import MayflyCore

/// `installation: { name: prod-eu, tag: eu1 }`
enum InstallationSection {
    static func read(_ field: Field) -> Configuration.Installation? {
        guard let section = Section(field, keys: ["name", "tag"]) else { return nil }
        let name = section.required("name", fix: "a name for people, such as prod-eu").flatMap(readName)
        let tag = section.required("tag", fix: "1 to 5 of a-z and 0-9, such as eu1").flatMap(readTag)
        guard let name, let tag else { return nil }
        return Configuration.Installation(name: name, tag: tag)
    }

    /// It stands in the comment of every role, so it is as plain as the names of databases and profiles.
    private static func readName(_ field: Field) -> String? {
        guard let text = field.string("a name") else { return nil }
        guard DatabaseName.isValid(text) else {
            field.error(
                "\(field.shown(text)) is not a name",
                fix: "1 to 63 of a-z, 0-9, _ and -, beginning with a letter or digit")
            return nil
        }
        return text
    }

    private static func readTag(_ field: Field) -> InstallationTag? {
        guard let text = field.scalar("a tag") else { return nil }
        guard let tag = InstallationTag(rawValue: text) else {
            field.error("\(field.shown(text)) is not a tag", fix: "1 to 5 of a-z and 0-9, such as eu1")
            return nil
        }
        return tag
    }
}
