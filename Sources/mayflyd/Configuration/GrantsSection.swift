import MayflyCore
import MayflyDatabases

/// `grants:` of a profile, each entry privileges on some objects.
struct GrantsSection {
    static let keys = [
        "schema", "level", "tables", "except", "columns", "sequences", "routines", "databases", "privileges",
        "future", "database",
    ]

    /// What the profile's database is; nil where that is wrong, and only what needs no engine is looked at.
    let definition: DatabaseDefinition?

    private var engine: EngineKind { definition?.engine ?? .postgresql }
    private var family: EngineFamily { EngineFamily(engine) }

    func read(_ field: Field) -> Scope? {
        guard let items = field.list(of: "grants") else { return nil }
        var grants: [ScopeGrant] = []
        var isWhole = true
        for item in items {
            guard let grant = readGrant(item) else {
                isWhole = false
                continue
            }
            if grants.contains(grant) { item.error("is there twice", fix: "keep one") }
            grants.append(grant)
        }
        return isWhole ? Scope(grants) : nil
    }

    private func readGrant(_ field: Field) -> ScopeGrant? {
        guard let section = Section(field, keys: Self.keys) else { return nil }
        guard let target = readTarget(section) else { return nil }
        let privileges = readPrivileges(section, target)
        let future = section.optional("future").map { readFuture($0, target) } ?? FutureObjects.none
        let database = section.optional("database").map { readDatabase($0, target) }
        guard let privileges, let future, database != .some(nil) else { return nil }
        return ScopeGrant(target, privileges, future: future, database: database ?? nil)
    }

    /// One of the kinds of targets, with what belongs to it.
    private func readTarget(_ section: Section) -> ScopeGrant.Target? {
        let kinds = ["level", "tables", "sequences", "routines", "databases"].filter {
            section.optional($0) != nil
        }
        for kind in kinds.dropFirst() {
            section.optional(kind)?.error(
                "stands beside \(kinds[0]): an entry is about one kind of objects", fix: "an entry of its own"
            )
        }
        guard kinds.count < 2 else { return nil }
        if kinds != ["tables"], let columns = section.optional("columns") {
            columns.error("stands without tables", fix: "tables: [ … ], columns: [ … ]")
            return nil
        }
        if let except = section.optional("except"),
            !["tables", "sequences", "routines"].contains(kinds.first)
        {
            except.error("stands without tables", fix: "tables: \"*\", except: [ … ]")
            return nil
        }
        if kinds == ["databases"] { return readDatabases(section) }
        guard
            let schema = section.required("schema", fix: "the schema that the objects are in")
                .flatMap(readSchema)
        else { return nil }
        guard let kind = kinds.first, let value = section.optional(kind) else { return .schema(schema) }
        if kind == "level" {
            return choose(value, "a level", AccessLevel.self).map { .level($0, schema: schema) }
        }
        if family == .mysql, kind == "sequences" {
            value.error("means nothing on \(engine)", fix: "sequences are tables there: tables: [ … ]")
            return nil
        }
        let excepted = section.optional("except").map { readNames($0, kind, mayBeAll: false) }
        guard let names = readNames(value, kind, mayBeAll: true), excepted != .some(nil) else { return nil }
        let selection = NameSelection(names: names, except: (excepted ?? nil) ?? [])
        switch kind {
        case "sequences": return .sequences(schema: schema, selection)
        case "routines": return .routines(schema: schema, selection)
        default: break
        }
        guard let columns = section.optional("columns") else { return .tables(schema: schema, selection) }
        return readColumns(columns, of: selection, value).map { .columns($0, schema: schema, selection) }
    }

    private func readSchema(_ field: Field) -> Glob? {
        guard let name = ServerName.read(field, "the schema's name", most: family.databaseLimit) else {
            return nil
        }
        let system: Set =
            switch family {
            case .postgresql: Set(["information_schema"] + PostgreSQLGuard.schemas)
            case .mysql:
                [
                    "information_schema", "mysql", "performance_schema", "sys",
                    definition?.guardDatabase ?? "mayfly",
                ]
            }
        guard !system.contains(family == .mysql ? name.lowercased() : name),
            !(family == .postgresql && name.hasPrefix("pg_"))
        else {
            field.error(
                "\(field.shown(name)) is the server's or the guard's own, of which no lease may have more than everybody",
                fix: "a schema of yours")
            return nil
        }
        return Glob(name)
    }

    /// `"*"`, or a list of names and patterns.
    private func readNames(_ field: Field, _ kind: String, mayBeAll: Bool) -> [Glob]? {
        if mayBeAll, field.isScalar {
            guard field.string(kind) == "*" else {
                field.error("a list of \(kind) is needed, or \"*\"", fix: "\(kind): [ … ]")
                return nil
            }
            return ["*"]
        }
        guard let items = field.list(of: kind) else { return nil }
        var globs: [Glob] = []
        for item in items {
            guard let text = readName(item, kind) else { continue }
            if text == "*" {
                item.error(
                    mayBeAll ? "stands in a list" : "leaves nothing",
                    fix: mayBeAll ? "\(kind): \"*\", for all of them" : "remove the entry")
            } else if globs.contains(Glob(text)) {
                item.error("\(item.shown(text)) is named twice", fix: "keep one")
            } else {
                globs.append(Glob(text))
            }
        }
        return globs.count == items.count ? globs : nil
    }

    private func readName(_ field: Field, _ kind: String) -> String? {
        guard kind == "routines", family == .postgresql else {
            return ServerName.read(field, "a name", most: family.databaseLimit)
        }
        guard let text = field.string("a routine") else { return nil }
        if text.contains("*") { return text }
        guard let signature = RoutineSignature(text) else {
            field.error(
                "\(field.shown(text)) is not a name with the types of its arguments",
                fix: "such as \"refund(bigint, text)\", or \"refund()\"")
            return nil
        }
        guard signature.name.utf8.count <= 63 else {
            field.error("a name has \(signature.name.utf8.count) bytes", fix: "the server keeps 63")
            return nil
        }
        return signature.description
    }

    private func readColumns(_ field: Field, of tables: NameSelection, _ tablesField: Field) -> [String]? {
        guard
            let names = ServerName.readList(
                field, "a column's name", many: "columns", allowEmpty: false, most: family.databaseLimit)
        else { return nil }
        guard !names.contains("*") else {
            field.error("\"*\" is no column", fix: "leave columns out, for all of them")
            return nil
        }
        guard !tables.names.contains("*") else {
            tablesField.error("columns are given of tables that are named", fix: "tables: [ … ]")
            return nil
        }
        return names
    }

    private func readDatabases(_ section: Section) -> ScopeGrant.Target? {
        guard let field = section.optional("databases") else { return nil }
        section.optional("schema")?.error("stands beside databases", fix: "remove it")
        guard family == .postgresql else {
            field.error(
                "means nothing on \(engine)", fix: "schema: NAME, which is a database there, with privileges")
            return nil
        }
        guard
            let names = ServerName.readList(
                field, "a database's name", many: "databases", allowEmpty: false, most: family.databaseLimit)
        else { return nil }
        let own = definition?.guardDatabase ?? "mayfly"
        guard !names.contains(own) else {
            field.error(
                "\(field.shown(own)) is the guard's, which no lease has anything to do with", fix: "remove it"
            )
            return nil
        }
        return section.optional("schema") == nil ? .databases(names) : nil
    }

    private func readPrivileges(_ section: Section, _ target: ScopeGrant.Target) -> [Privilege]? {
        if case .level(let level, _) = target {
            guard let field = section.optional("privileges") else { return [] }
            field.error("stand beside level, which says them", fix: "remove them, or level: \(level)")
            return nil
        }
        var possible = target.kind?.privileges(on: engine) ?? []
        var what = target.kind.map { "a \($0)" } ?? ""
        if case .columns = target {
            possible = ObjectKind.columnPrivileges
            what = "a column"
        }
        let all = possible.map(\.rawValue).joined(separator: ", ")
        guard let field = section.required("privileges", fix: "privileges: [ … ], of \(all)"),
            let items = field.list(of: "privileges")
        else { return nil }
        var privileges: [Privilege] = []
        for item in items {
            guard let text = item.string("a privilege") else { continue }
            guard let privilege = Privilege(configured: text) else {
                let near = Spelling.nearest(to: text, among: possible.map(\.rawValue))
                item.error(
                    "\(item.shown(text)) is not a privilege",
                    fix: text.lowercased().hasPrefix("all")
                        ? "name them: \(all)" : near.map { "did you mean \($0)?" } ?? all)
                continue
            }
            guard possible.contains(privilege) else {
                item.error("\(privilege) cannot be granted on \(what) of \(engine)", fix: all)
                continue
            }
            if privileges.contains(privilege) { item.error("\(privilege) is named twice", fix: "keep one") }
            privileges.append(privilege)
        }
        return privileges.count == items.count ? privileges : nil
    }

    /// `true`, or a list of owners.
    private func readFuture(_ field: Field, _ target: ScopeGrant.Target) -> FutureObjects? {
        guard family == .postgresql else {
            field.error(
                "means nothing on \(engine)",
                fix: "remove it: tables: \"*\" is granted on the whole schema, what is made later included")
            return nil
        }
        switch target {
        case .level: break
        case .tables(_, let selection), .sequences(_, let selection), .routines(_, let selection):
            guard selection.isAll else {
                field.error(
                    "goes with \"*\" only: the server's default privileges are for all that an owner makes",
                    fix: "remove it, or name all without except")
                return nil
            }
        case .schema, .columns, .databases:
            field.error("goes with tables, sequences, routines or a level", fix: "remove it")
            return nil
        }
        guard field.isScalar else {
            return ServerName.readList(
                field, "a role's name", many: "owners", allowEmpty: false, most: engine.accountLimit
            ).map { .of($0) }
        }
        return field.truth().map { $0 ? .ofSchemaOwner : FutureObjects.none }
    }

    /// Another database of the server that the objects are in.
    private func readDatabase(_ field: Field, _ target: ScopeGrant.Target) -> String? {
        guard family == .postgresql else {
            field.error("means nothing on \(engine)", fix: "schema: NAME, which is a database there")
            return nil
        }
        if case .databases = target {
            field.error("stands beside databases", fix: "remove it")
            return nil
        }
        guard let name = ServerName.read(field, "the database's name", most: family.databaseLimit) else {
            return nil
        }
        if let definition, name != definition.database, !definition.also.contains(name) {
            field.error(
                "\(field.shown(name)) is not listed under databases.\(definition.name).also, so nobody would clean up there",
                fix: "list it there")
            return nil
        }
        return name
    }

    private func choose<Choice: RawRepresentable<String> & CaseIterable>(
        _ field: Field, _ wanted: String, _ type: Choice.Type
    ) -> Choice? {
        ChoiceField.read(field, wanted, type)
    }
}
