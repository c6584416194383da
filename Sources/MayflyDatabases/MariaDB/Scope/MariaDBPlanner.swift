import MayflyCore

/// Holds the scopes of profiles against what is known of their group roles. Pure.
struct MariaDBPlanner {
    let definition: DatabaseDefinition
    let installation: Configuration.Installation
    let holdings: MariaDBHoldings

    func plan(_ profiles: [Profile]) throws(EngineFailure) -> ScopePlan {
        var plans: [ProfilePlan] = []
        for profile in profiles.sorted(by: { $0.name < $1.name }) {
            guard let group = profile.group, let scope = profile.scope else { continue }
            plans.append(try plan(profile, scope, group))
        }
        return ScopePlan(database: definition.name, profiles: plans)
    }

    private func plan(
        _ profile: Profile, _ scope: Scope, _ group: String
    ) throws(EngineFailure) -> ProfilePlan {
        var plan = ProfilePlan(profile: profile.name, group: group)
        plan.expanded = scope.lines(for: definition.engine)
        let quoted = try MariaDBQuoting.identifier(
            group, limit: MariaDBGuard.Module(definition.engine).userLimit)
        let role = holdings.roles[ExactText(group)]
        if role?.isAccount == true {
            plan.obstacles.append(
                .init(
                    "the group role \(group.quoted()) can log in: it is somebody's account, or was made one",
                    statement: "SHOW CREATE USER \(quoted)"))
            plan.isRefused = true
            return plan
        }
        if role == nil {
            let isUntold = holdings.untold.contains(ExactText(group))
            plan.steps.append(
                PlanStep(.create, in: "", "CREATE ROLE \(isUntold ? "IF NOT EXISTS " : "")\(quoted)"))
            if isUntold {
                plan.notes.append("what it holds is not told until the guard allows it")
            }
        }
        let wanted = try wanted(scope, role, &plan)
        try grant(wanted, role ?? .init(), profile, quoted, &plan)
        try allow(group, quoted, role, &plan)
        if let members = role?.members, !members.isEmpty {
            plan.notes.append(
                "also a member, so that this is theirs too: \(members.sorted().joined(separator: ", "))")
        }
        return plan
    }

    private func grant(
        _ wanted: Set<MariaDBGrant>, _ role: MariaDBHoldings.Role, _ profile: Profile, _ quoted: String,
        _ plan: inout ProfilePlan
    ) throws(EngineFailure) {
        let statements = try MariaDBGrantStatements(group: plan.group)
        func add(_ purpose: PlanStep.Purpose, _ statement: String) {
            plan.steps.append(PlanStep(purpose, in: "", statement))
        }
        let unsayable = wanted.symmetricDifference(role.grants).filter { !MariaDBGrantStatements.canName($0) }
        for name in Set(unsayable.map { "\($0.word) on \($0.level)".quoted(limit: 200) }).sorted() {
            plan.obstacles.append(
                .init("no statement can be written for a name with such characters: \(name)"))
        }
        let wanted = wanted.subtracting(unsayable)
        let beyond = role.grants.subtracting(wanted).subtracting(unsayable)
        var kept = role.grants.intersection(wanted)
        if profile.groupStatements.isEmpty {
            let unnamed = beyond.filter { $0.word.hasPrefix(MariaDBRight.unnamed) }
            for right in unnamed.sorted() {
                plan.obstacles.append(
                    .init(
                        "it has a right on everything that this version has no name for (\(right.word.lowercased()))",
                        statement: "SHOW GRANTS FOR \(quoted)"))
            }
            for other in role.memberships { add(.revoke, "REVOKE \(other) FROM \(quoted)") }
            for statement in try statements.revoke(beyond.subtracting(unnamed)) { add(.revoke, statement) }
            // To revoke from a table takes what its columns had with it.
            kept = kept.filter { grant in grant.ofWholeTable.map { !beyond.contains($0) } ?? true }
        } else {
            let lines = try statements.lines(beyond) + role.memberships.map { "the role \($0)" }
            if !lines.isEmpty {
                plan.notes.append("held beyond the grants, where group_statements may have given it:")
                plan.notes += lines.map { "  \($0)" }
            }
        }
        for statement in try statements.grant(wanted.subtracting(kept)) { add(.grant, statement) }
        try runRaw(profile, role, quoted, beyond: try statements.lines(beyond) + role.memberships, &plan)
    }

    /// Raw statements are run when they are not those that were written down as run. A role has no comment here: the guard
    /// keeps what is written down.
    private func runRaw(
        _ profile: Profile, _ role: MariaDBHoldings.Role, _ quoted: String, beyond: [String],
        _ plan: inout ProfilePlan
    ) throws(EngineFailure) {
        guard !profile.groupStatements.isEmpty else { return }
        var filled: [String] = []
        for text in profile.groupStatements { filled.append(try self.filled(text, quoted)) }
        if case .nothing = holdings.knowledge {
            plan.steps += filled.map { PlanStep(.raw, in: "", $0) }
            return
        }
        guard holdings.hasMarks else {
            plan.notes.append(
                "group_statements are run by apply where a guard of version 3 can keep that they were: run them by hand"
            )
            return
        }
        var mark = GroupMark(installation: installation.name, profile: profile.name)
        mark.statements = try GroupMark.digest(profile.groupStatements)
        mark.beyond = try GroupMark.digest(beyond)
        if GroupMark.value("statements", in: role.mark) != mark.statements {
            plan.steps += filled.map { PlanStep(.raw, in: "", $0) }
        }
        guard role.mark != mark.text else { return }
        plan.steps.append(
            PlanStep(
                .mark, in: "",
                "REPLACE INTO mayfly.group_mark (name, mark) VALUES (\(try MariaDBQuoting.literal(plan.group)), "
                    + "\(try MariaDBQuoting.literal(mark.text)))"))
    }

    private func filled(_ text: String, _ group: String) throws(EngineFailure) -> String {
        do throws(StatementTemplate.Problem) {
            var filled = try StatementTemplate(text, allowing: [.group], for: definition.engine)
                .filled(with: [.group: group])
            while let last = filled.last, last == ";" || last.isWhitespace { filled.removeLast() }
            return filled
        } catch { throw EngineFailure(.invalid, "a statement of group_statements cannot be filled in") }
    }

    // MARK: What is wanted

    private func wanted(
        _ scope: Scope, _ role: MariaDBHoldings.Role?, _ plan: inout ProfilePlan
    ) throws(EngineFailure) -> Set<MariaDBGrant> {
        switch holdings.knowledge {
        case .catalogue(let catalogue, let routines): return resolved(scope, catalogue, routines, &plan)
        case .told, .nothing: break
        }
        let named = MariaDBNamedScope(scope, for: definition.engine, schemaPattern: holdings.schemaPattern)
        let held = role?.grants ?? []
        let gone = role?.gone ?? []
        // What a pattern may well mean.
        let wanted = named.named.union(held.filter(named.allows)).subtracting(gone)
        for table in Set(gone.intersection(named.named).compactMap(\.table)).sorted() {
            plan.obstacles.append(.init("there is no table \(table)"))
        }
        for routine in named.routines where !held.contains(where: routine.isMet) {
            let path = "\(routine.word) on routine \(routine.schema).\(routine.name)"
            switch holdings.knowledge {
            case .told, .catalogue:
                plan.obstacles.append(
                    .init(
                        "\(path) is missing: `mayflyd apply --as-dba \(definition.name)` knows of what kind it is"
                    ))
            case .nothing: plan.notes.append("the catalogue says of what kind it is: \(path)")
            }
        }
        for entry in named.open {
            switch holdings.knowledge {
            case .told, .catalogue:
                plan.notes.append("`mayflyd plan --as-dba` says whether all of it is granted: \(entry)")
            case .nothing: plan.notes.append("the catalogue says what fits: \(entry)")
            }
        }
        if case .nothing = holdings.knowledge, definition.engine == .mysql {
            plan.notes.append(
                "under partial_revokes, `_` and `%` in the names of schemas stand without a backslash")
        }
        return wanted
    }

    private func resolved(
        _ scope: Scope, _ catalogue: Catalogue, _ routines: [DatabaseObject: Set<MariaDBGrant.Routine>],
        _ plan: inout ProfilePlan
    ) -> Set<MariaDBGrant> {
        let grants = scope.expanded(for: definition.engine).map(\.asWhole)
        let resolved = Scope(grants).resolved(in: [catalogue], for: definition)
        for missing in resolved.unresolved {
            // A pattern may well fit nothing yet; a name was meant to be there.
            if missing.contains("*") {
                plan.notes.append("nothing fits \(missing)")
            } else {
                plan.obstacles.append(.init("there is no \(missing)"))
            }
        }
        var wanted: Set<MariaDBGrant> = []
        for held in resolved.privileges.held.sorted() {
            for level in levels(held, routines, &plan) {
                wanted.insert(MariaDBGrant(level: level, word: held.privilege.sql))
            }
        }
        return wanted
    }

    private func levels(
        _ held: HeldPrivilege, _ routines: [DatabaseObject: Set<MariaDBGrant.Routine>],
        _ plan: inout ProfilePlan
    ) -> [MariaDBGrant.Level] {
        let object = held.object
        let (schema, name) = (ExactText(object.schema ?? ""), ExactText(object.name))
        switch object.kind {
        case .schema:
            guard let pattern = holdings.schemaPattern.pattern(object.name) else {
                let message =
                    "the schema \(object.name.quoted()) has a backslash in its name: it cannot be granted as a whole"
                if !plan.obstacles.contains(where: { $0.message == message }) {
                    plan.obstacles.append(.init(message))
                }
                return []
            }
            return [.schema(pattern)]
        case .table:
            return [
                held.column.map { .column(schema: schema, table: name, ExactText($0)) }
                    ?? .table(schema: schema, name)
            ]
        case .routine:
            return (routines[object] ?? []).map {
                .routine($0, schema: object.schema ?? "", named: object.name)
            }
        // The configuration has none for these engines.
        case .sequence, .database: return []
        }
    }

    // MARK: The guard

    private func allow(
        _ group: String, _ quoted: String, _ role: MariaDBHoldings.Role?, _ plan: inout ProfilePlan
    ) throws(EngineFailure) {
        switch definition.mode {
        case .direct: return
        case .guard: break
        }
        let handOn = PlanStep(.allow, in: "", "GRANT \(quoted) TO mayfly_guard@localhost WITH ADMIN OPTION")
        func insert(_ verb: String) throws(EngineFailure) -> PlanStep {
            PlanStep(
                .allow, in: "",
                "\(verb) INTO mayfly.allowed_group (name) VALUES (\(try MariaDBQuoting.literal(group)))")
        }
        if case .nothing = holdings.knowledge {
            plan.steps += [handOn, try insert("INSERT IGNORE")]
            return
        }
        guard let allowed = holdings.allowed, holdings.hasGuardAccount else {
            plan.notes.append("there is no guard yet: `mayflyd guard print` allows this group")
            return
        }
        if role?.isGrantable != true { plan.steps.append(handOn) }
        guard !allowed.contains(where: { ExactText($0) == ExactText(group) }) else { return }
        plan.steps.append(try insert("INSERT"))
    }
}

extension MariaDBGrant {
    /// `shop.orders`, for people, where it is on a table or a column of it.
    fileprivate var table: String? {
        switch level {
        case .table(let schema, let name), .column(let schema, let name, _): "\(schema).\(name)"
        case .everything, .schema, .routine, .account: nil
        }
    }
}
