import MayflyCore

/// What a plan can say without a catalogue, for a review before there is a server: everything that is named is granted,
/// `"*"` as what there is when the statement is run, and what only a catalogue can tell is a note.
struct OfflinePlan {
    let definition: DatabaseDefinition
    let installation: Configuration.Installation

    func plan(_ profiles: [Profile]) throws(EngineFailure) -> ScopePlan {
        var plans: [ProfilePlan] = []
        for profile in profiles.sorted(by: { $0.name < $1.name }) {
            guard let group = profile.group, let scope = profile.scope else { continue }
            plans.append(try plan(profile, scope, group))
        }
        return ScopePlan(database: definition.name, profiles: plans)
    }

    private func plan(_ profile: Profile, _ scope: Scope, _ group: String) throws(EngineFailure)
        -> ProfilePlan
    {
        var plan = ProfilePlan(profile: profile.name, group: group)
        plan.expanded = scope.lines(for: .postgresql)
        let quoted = try PostgreSQLQuoting.identifier(group)
        func add(_ purpose: PlanStep.Purpose, _ statement: String, in place: String? = nil) {
            plan.steps.append(PlanStep(purpose, in: place ?? definition.database, statement))
        }
        add(.create, "CREATE ROLE \(quoted) NOLOGIN")
        let statements = try GrantStatements(group: group)
        let named = reachable(scope).resolved(in: catalogues(scope), for: definition)
        for place in Set(named.privileges.held.map { self.place($0) }).sorted() {
            for text in try statements.grant(named.privileges.held.filter { self.place($0) == place }) {
                add(.grant, text, in: place)
            }
        }
        for grant in scope.expanded(for: .postgresql) { try addWhole(grant, quoted, &plan) }
        for (place, wanted) in Dictionary(grouping: named.future, by: \.database).sorted(by: {
            $0.key < $1.key
        }) {
            let known = wanted.filter { !$0.owner.isEmpty }
            for text in try statements.defaults(known, revoking: false) { add(.grant, text, in: place) }
            for schema in Set(wanted.filter(\.owner.isEmpty).compactMap(\.schema)).sorted() {
                plan.notes.append(
                    "what the owner of schema \(schema) makes later: the catalogue says who that is")
            }
        }
        for text in profile.groupStatements { add(.raw, try PostgreSQLPlanner.filled(text, quoted)) }
        var mark = GroupMark(installation: installation.name, profile: profile.name)
        mark.statements = try GroupMark.digest(profile.groupStatements)
        add(.mark, "COMMENT ON ROLE \(quoted) IS \(try PostgreSQLQuoting.literal(mark.text))")
        if definition.mode == .guard {
            add(
                .allow,
                "INSERT INTO mayfly.allowed_group VALUES (\(try PostgreSQLQuoting.literal(group))) ON CONFLICT DO NOTHING",
                in: definition.guardDatabase)
        }
        return plan
    }

    /// With the schemas of what is granted as a whole, of which no object is known.
    private func reachable(_ scope: Scope) -> Scope {
        let grants = scope.expanded(for: .postgresql)
        return Scope(
            grants
                + grants.compactMap { grant in
                    guard grant.target.selection?.isAll == true, let schema = grant.target.schema else {
                        return nil
                    }
                    return ScopeGrant(.schema(schema), [.usage], database: grant.database)
                })
    }

    private func place(_ held: HeldPrivilege) -> String {
        held.object.kind == .database ? definition.database : held.object.database
    }

    /// Those in which everything that the scope names is there, with an owner that is not known.
    private func catalogues(_ scope: Scope) -> [Catalogue] {
        var catalogues: [String: Catalogue] = [:]
        for grant in scope.expanded(for: .postgresql) {
            let name = grant.database ?? definition.database
            var catalogue = catalogues[name] ?? Catalogue(database: name)
            if let schema = grant.target.schema, schema.isExact {
                if !catalogue.schemas.contains(where: { Glob($0.name) == schema }) {
                    catalogue.schemas.append(.init(name: schema.pattern, owner: ""))
                }
                for object in objects(grant, schema.pattern, name) {
                    if !catalogue.objects.contains(object) { catalogue.objects.append(object) }
                    if case .columns(let columns, _, _) = grant.target {
                        catalogue.columns[object, default: []] += columns
                    }
                }
            }
            catalogues[name] = catalogue
        }
        return Array(catalogues.values)
    }

    private func objects(_ grant: ScopeGrant, _ schema: String, _ database: String) -> [DatabaseObject] {
        guard let kind = grant.target.kind, let selection = grant.target.selection, selection.isExact else {
            return []
        }
        return selection.names.compactMap { name in
            guard kind == .routine else {
                return DatabaseObject(kind, database: database, schema: schema, name: name.pattern)
            }
            return RoutineSignature(name.pattern).map {
                DatabaseObject(
                    kind, database: database, schema: schema, name: $0.name, arguments: $0.arguments)
            }
        }
    }

    /// `"*"` as one statement; what a catalogue is needed for, as a note.
    private func addWhole(_ grant: ScopeGrant, _ quoted: String, _ plan: inout ProfilePlan)
        throws(EngineFailure)
    {
        guard let schema = grant.target.schema else { return }
        let selection = grant.target.selection
        guard schema.isExact, selection.map({ $0.isAll || $0.isExact }) ?? true else {
            plan.notes.append("the catalogue says what fits: \(grant)")
            return
        }
        guard let kind = grant.target.kind, selection?.isAll == true else { return }
        if case .columns = grant.target {
            // A statement of all tables would give more than the columns.
            plan.notes.append("the catalogue says what fits: \(grant)")
            return
        }
        let words = grant.privileges.map(\.sql).joined(separator: ", ")
        plan.steps.append(
            PlanStep(
                .grant, in: grant.database ?? definition.database,
                "GRANT \(words) ON ALL \(GrantStatements.plural(kind)) IN SCHEMA "
                    + "\(try PostgreSQLQuoting.identifier(schema.pattern)) TO \(quoted)"))
    }
}
