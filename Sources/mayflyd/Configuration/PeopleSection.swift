import MayflyCore

/// `people: { alice: [ "user:alice", "user:alice-adm" ] }`: who has several identities.
enum PeopleSection {
    static func read(_ field: Field, issuers: [String]?) -> People? {
        guard let entries = field.entries(of: "people") else { return nil }
        var people: [Person: [Principal]] = [:]
        var owners: [Principal: String] = [:]
        for (name, key, value) in entries {
            guard ProfileName.isValid(name) else {
                key.error(
                    "is not a name for a person",
                    fix: "1 to 63 of a-z, 0-9, _ and -, beginning with a letter or digit")
                continue
            }
            people[Person(rawValue: name)] = value.list(of: "identities")?.compactMap { item in
                guard let identity = readIdentity(item, issuers) else { return nil }
                if let owner = owners[identity] {
                    item.error(
                        "\(identity) is \(owner == name ? "named twice" : "also \(owner)")",
                        fix: "an identity is one person's")
                    return nil
                }
                owners[identity] = name
                return identity
            }
        }
        return People(people)
    }

    /// One identity, not a pattern for many: whoever else it fitted would be the same person.
    private static func readIdentity(_ item: Field, _ issuers: [String]?) -> Principal? {
        guard item.isScalar else {
            item.error(
                "an identity is needed, this is \(item.kind)",
                fix: "\"user:NAME\", \"uid:NUMBER\" or \"sub:ISSUER:SUBJECT\"")
            return nil
        }
        let list = PrincipalList(allowsTokens: true, issuers: issuers)
        guard let principal = list.readOne(item) else { return nil }
        switch principal {
        case .user, .uid: return principal
        case .subject(_, let subject) where subject.isExact: return principal
        case .group, .subject, .claims, .anyone:
            item.error(
                "\(principal) may be many",
                fix: "\"user:NAME\", \"uid:NUMBER\" or \"sub:ISSUER:SUBJECT\" without a *")
            return nil
        }
    }
}
