extension Scope {
    /// Object by object, against the catalogues of the databases that it names objects of.
    ///
    /// Pure. It can only ever give less than a reading of the configuration would: what no catalogue has is unresolved.
    package func resolved(in catalogues: [Catalogue], for definition: DatabaseDefinition) -> ResolvedScope {
        var resolution = ScopeResolution(definition: definition)
        for grant in expanded(for: definition.engine) {
            let name = definition.engine == .postgresql ? grant.database ?? definition.database : ""
            resolution.add(
                grant,
                in: catalogues.first { $0.database == name } ?? Catalogue(database: name))
        }
        if definition.engine == .postgresql { resolution.addWhatItTakes() }
        return resolution.result
    }
}

/// A resolution under way.
private struct ScopeResolution {
    let definition: DatabaseDefinition
    var result = ResolvedScope()

    init(definition: DatabaseDefinition) { self.definition = definition }

    mutating func add(_ grant: ScopeGrant, in catalogue: Catalogue) {
        switch grant.target {
        case .level: break  // expanded before
        case .databases(let names):
            for name in names {
                give(grant.privileges, on: DatabaseObject(.database, database: name, name: name))
            }
        case .schema(let glob):
            for schema in schemas(glob, catalogue) {
                give(
                    grant.privileges,
                    on: DatabaseObject(
                        .schema, database: catalogue.database, schema: schema.name, name: schema.name))
            }
        case .tables(let glob, let selection), .sequences(let glob, let selection),
            .routines(let glob, let selection):
            guard let kind = grant.target.kind else { return }
            for schema in schemas(glob, catalogue) {
                for object in objects(kind, selection, schema, catalogue) {
                    give(grant.privileges, on: object)
                }
                addFuture(grant, kind, schema, catalogue)
            }
        case .columns(let names, let glob, let selection):
            for schema in schemas(glob, catalogue) {
                for table in objects(.table, selection, schema, catalogue) {
                    give(grant.privileges, onColumns: names, of: table, catalogue)
                }
            }
        }
    }

    private mutating func schemas(_ glob: Glob, _ catalogue: Catalogue) -> [Catalogue.Schema] {
        let found = catalogue.schemas.filter { glob.matches($0.name) && (glob.isExact || !$0.isSystem) }
        if found.isEmpty { miss("schema \(glob)") }
        return found
    }

    private mutating func objects(
        _ kind: ObjectKind, _ selection: NameSelection, _ schema: Catalogue.Schema, _ catalogue: Catalogue
    ) -> [DatabaseObject] {
        let name = ExactText(schema.name)
        let present = catalogue.objects.filter { $0.kind == kind && $0.schema.map(ExactText.init) == name }
        // All of none is none, and no mistake.
        for name in selection.names where name.pattern != "*" {
            let one = NameSelection(names: [name])
            if !present.contains(where: { one.contains($0) }) { miss("\(kind) \(schema.name).\(name)") }
        }
        return present.filter(selection.contains)
    }

    private mutating func give(_ privileges: [Privilege], on object: DatabaseObject) {
        for privilege in privileges { result.privileges.held.insert(HeldPrivilege(privilege, on: object)) }
    }

    private mutating func give(
        _ privileges: [Privilege], onColumns names: [String], of table: DatabaseObject, _ catalogue: Catalogue
    ) {
        let columns = catalogue.columns[table] ?? []
        for name in names {
            guard columns.contains(where: { $0.utf8.elementsEqual(name.utf8) }) else {
                miss("column \(table.schema.map { $0 + "." } ?? "")\(table.name).\(name)")
                continue
            }
            for privilege in privileges {
                result.privileges.held.insert(HeldPrivilege(privilege, on: table, column: name))
            }
        }
    }

    private mutating func addFuture(
        _ grant: ScopeGrant, _ kind: ObjectKind, _ schema: Catalogue.Schema, _ catalogue: Catalogue
    ) {
        let owners: [String] =
            switch grant.future {
            case .none: []
            case .ofSchemaOwner: [schema.owner]
            case .of(let owners): owners
            }
        for owner in owners {
            for privilege in grant.privileges {
                result.future.insert(
                    DefaultPrivilege(
                        privilege, on: kind, database: catalogue.database, schema: schema.name, owner: owner))
            }
        }
    }

    /// What PostgreSQL asks for besides: nothing in a schema can be reached without USAGE on it, nor in a database without
    /// CONNECT.
    mutating func addWhatItTakes() {
        func schema(_ database: String, _ name: String) -> DatabaseObject {
            DatabaseObject(.schema, database: database, schema: name, name: name)
        }
        let held = result.privileges.held.compactMap { held in
            held.object.schema.map { schema(held.object.database, $0) }
        }
        let later = result.future.compactMap { future in future.schema.map { schema(future.database, $0) } }
        for schema in Set(held + later) {
            give([.usage], on: schema)
            give([.connect], on: DatabaseObject(.database, database: schema.database, name: schema.database))
        }
    }

    private mutating func miss(_ what: String) {
        if !result.unresolved.contains(what) { result.unresolved.append(what) }
    }
}

extension NameSelection {
    /// A routine is meant by its signature; a pattern with a star fits its name alone, whatever its arguments.
    fileprivate func contains(_ object: DatabaseObject) -> Bool {
        guard object.kind == .routine, let arguments = object.arguments else { return contains(object.name) }
        let signature = "\(object.name)(\(arguments))"
        func fits(_ glob: Glob) -> Bool { glob.matches(glob.isExact ? signature : object.name) }
        return names.contains(where: fits) && !except.contains(where: fits)
    }
}
