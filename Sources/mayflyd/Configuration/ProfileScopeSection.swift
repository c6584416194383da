import MayflyCore

/// What a profile's leases may do: `member_of`, or `group` with `grants` and `group_statements`; and what goes with it.
struct ProfileScopeSection {
    static let keys = [
        "member_of", "group", "grants", "group_statements", "creation_statements", "revocation_statements",
        "create", "owned_objects", "on_drift", "on_change",
    ]

    struct Parsed {
        var memberOf: [String]
        var scope: Scope?
        var group: String?
        var groupStatements: [String] = []
    }

    let name: ProfileName
    /// Nil where it is wrong.
    let definition: DatabaseDefinition?
    let tag: InstallationTag?

    private var engine: EngineKind { definition?.engine ?? .postgresql }

    func read(_ section: Section) -> Parsed? {
        let mine = ["grants", "group", "group_statements"].compactMap { key in
            section.optional(key).map { (key: key, field: $0) }
        }
        let scope = section.optional("grants").map(GrantsSection(definition: definition).read)
        let statements = section.optional("group_statements").map {
            StatementsSection.read($0, places: [.group])
        }
        guard let first = mine.first else {
            return section.required(
                "member_of", fix: "group roles that a DBA made: member_of: [ … ], or grants: [ … ]"
            ).flatMap(readGroups).map { Parsed(memberOf: $0) }
        }
        if let memberOf = section.optional("member_of") {
            memberOf.error(
                "stands beside \(first.key): leases get group roles that a DBA keeps by hand, or the one of the grants",
                fix: "keep one of them")
            return nil
        }
        if scope == nil, statements == nil {
            section.optional("group")?.error(
                "stands without grants",
                fix: "grants: [ … ], or member_of: for a role that a DBA keeps by hand")
            return nil
        }
        let group = section.optional("group").map(readGroup) ?? defaultGroup(section)
        guard scope != .some(nil), statements != .some(nil), let group else { return nil }
        return Parsed(
            memberOf: [group], scope: (scope ?? nil) ?? Scope([]), group: group,
            groupStatements: (statements ?? nil) ?? [])
    }

    private func readGroup(_ field: Field) -> String? {
        guard let name = ServerName.read(field, "a group role's name", most: engine.accountLimit) else {
            return nil
        }
        return isAllowed(name, field) ? name : nil
    }

    private func defaultGroup(_ section: Section) -> String? {
        guard let tag else { return nil }
        let group = Profile.defaultGroup(tag: tag, profile: name)
        let (count, limit, unit) =
            switch engine.accountLimit {
            case .bytes(let limit): (group.utf8.count, limit, "bytes")
            case .characters(let limit): (group.unicodeScalars.count, limit, "characters")
            }
        guard count <= limit else {
            section.field.child("group", section.field.node).error(
                "the group role would be \(group.quoted()), of \(count) \(unit)",
                fix: "a shorter one, of at most \(limit): group: NAME")
            return nil
        }
        return group
    }

    private func readGroups(_ field: Field) -> [String]? {
        guard
            let names = ServerName.readList(
                field, "a group role's name", many: "group roles", allowEmpty: false,
                most: engine.accountLimit)
        else { return nil }
        for name in names { _ = isAllowed(name, field) }
        if definition?.engine == .mariadb, names.count > 1 {
            field.error(
                "\(names.count) group roles, and an account of mariadb gets one",
                fix: "one role, to which a DBA grants the others")
        }
        return names
    }

    private func isAllowed(_ name: String, _ field: Field) -> Bool {
        guard name.hasPrefix("pg_") || name.hasPrefix("mf_") else { return true }
        field.error(
            "\(field.shown(name)) is \(name.hasPrefix("pg_") ? "a predefined role" : "named like a login role of ours")"
                + ", which the guard refuses",
            fix: "a NOLOGIN role that a DBA made for this profile")
        return false
    }

    // MARK: What goes with it

    /// Raw SQL of each lease; where there is a guard, that makes the roles.
    func readLeaseStatements(
        _ section: Section, _ key: String, places: [StatementTemplate.Place]
    ) -> [String]? {
        guard let field = section.optional(key) else { return [] }
        let statements = StatementsSection.read(field, places: places, for: engine)
        if let definition, definition.mode != .direct {
            field.error(
                "needs mode: direct, as the guard makes the roles of databases.\(definition.name)",
                fix: "grants: or group_statements:, which a DBA applies once")
            return nil
        }
        return statements
    }

    /// What the guard does and nobody else can be trusted with.
    func refuseWithoutGuard(_ field: Field?) {
        guard let definition, definition.mode == .direct else { return }
        field?.error(
            "needs the guard, and databases.\(definition.name) has mode: direct",
            fix: "remove it: what a role owns stays, with the role locked")
    }

    func readOwnedObjects(_ field: Field) -> Profile.OwnedObjects? {
        if field.isScalar {
            guard field.string("keep_locked, or reassign_to") == "keep_locked" else {
                field.error(
                    "is neither keep_locked nor { reassign_to: ROLE }", fix: "owned_objects: keep_locked")
                return nil
            }
            return .keepLocked
        }
        guard let section = Section(field, keys: ["reassign_to"]) else { return nil }
        return section.required("reassign_to", fix: "owned_objects: { reassign_to: ROLE }").flatMap(readOwner)
            .map { .reassign(to: $0) }
    }

    func readCreate(_ field: Field) -> Profile.CreateRights? {
        guard EngineFamily(engine) == .postgresql else {
            field.error(
                "means nothing on \(engine)",
                fix: "remove it: tables there have no owner; level: ddl, in grants")
            return nil
        }
        guard let section = Section(field, keys: ["owner", "ddl_as_owner"]) else { return nil }
        let owner = section.required("owner", fix: "the role that objects made in a session belong to")
            .flatMap(readOwner)
        let ddlAsOwner = section.optional("ddl_as_owner").map { $0.truth() } ?? false
        guard let owner, let ddlAsOwner else { return nil }
        return Profile.CreateRights(owner: owner, ddlAsOwner: ddlAsOwner)
    }

    private func readOwner(_ field: Field) -> String? {
        guard let name = ServerName.read(field, "a role's name", most: engine.accountLimit) else {
            return nil
        }
        return isAllowed(name, field) ? name : nil
    }
}
