import MayflyCore

/// Holds the scopes of profiles against what the catalogue says. Pure.
struct PostgreSQLPlanner {
    let definition: DatabaseDefinition
    let installation: Configuration.Installation
    let holdings: PostgreSQLHoldings

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
        let role = holdings.role(group)
        if let role, refuse(role, quoted, &plan) { return plan }
        if role == nil {
            plan.steps.append(PlanStep(.create, in: definition.database, "CREATE ROLE \(quoted) NOLOGIN"))
        }

        let statements = try GrantStatements(group: group)
        let resolved = self.resolve(scope, &plan)
        let beyond = beyond(resolved.privileges, resolved.future, group, role)
        if profile.groupStatements.isEmpty {
            try revoke(beyond, statements, quoted, &plan)
        } else if !beyond.isEmpty {
            plan.notes.append("held beyond the grants, where group_statements may have given it:")
            plan.notes += beyond.lines.map { "  " + $0 }
        }
        try grant(resolved, beyond, statements, hasRaw: !profile.groupStatements.isEmpty, &plan)
        try runRaw(profile, role, quoted, beyond, &plan)
        try allow(group, &plan)
        noteRowSecurity(group, resolved, &plan)
        if let members = role?.members, !members.isEmpty {
            plan.notes.append(
                "also a member, so that this is theirs too: \(members.sorted().joined(separator: ", "))")
        }
        return plan
    }

    /// Whether the role is none that leases may be members of. What it has then is nobody's guess: a person looks.
    private func refuse(_ role: PostgreSQLHoldings.Role, _ quoted: String, _ plan: inout ProfilePlan) -> Bool
    {
        if !role.attributes.isEmpty {
            plan.obstacles.append(
                .init(
                    "the group role \(plan.group.quoted()) has \(role.attributes.joined(separator: ", ")), "
                        + "which no lease may have",
                    statement:
                        "ALTER ROLE \(quoted) \(role.attributes.map { "NO" + $0 }.joined(separator: " "))"))
        }
        if role.canLogin {
            plan.obstacles.append(
                .init(
                    "the group role \(plan.group.quoted()) can log in: it is somebody's account, or was made one",
                    statement: "ALTER ROLE \(quoted) NOLOGIN"))
        }
        plan.isRefused = !plan.obstacles.isEmpty
        if role.owned > 0 {
            plan.obstacles.append(
                .init(
                    "the group role \(plan.group.quoted()) owns \(role.owned) objects, with which leases can do "
                        + "what an owner can",
                    statement: "REASSIGN OWNED BY \(quoted) TO …"))
        }
        return plan.isRefused
    }

    // MARK: What is wanted

    private func resolve(_ scope: Scope, _ plan: inout ProfilePlan) -> ResolvedScope {
        var resolved = scope.resolved(in: holdings.databases.values.map(\.catalogue), for: definition)
        for missing in resolved.unresolved {
            // A pattern may well fit nothing yet; a name was meant to be there.
            if missing.contains("*") {
                plan.notes.append("nothing fits \(missing)")
            } else {
                plan.obstacles.append(.init("there is no \(missing)"))
            }
        }
        for routine in holdings.databases.values.flatMap(\.unreadable).sorted() where means(routine, scope) {
            plan.obstacles.append(.init("the arguments of \(routine) cannot be read"))
        }
        for held in resolved.privileges.held.sorted() where held.object.kind == .database {
            guard !holdings.databaseNames.contains(ExactText(held.object.name)) else { continue }
            resolved.privileges.held.remove(held)
            let message = "there is no database \(held.object.name)"
            if !plan.obstacles.contains(where: { $0.message == message }) {
                plan.obstacles.append(.init(message))
            }
        }
        for future in resolved.future.sorted()
        where holdings.role(future.owner) == nil && isNamed(future.owner, scope) {
            resolved.future.remove(future)
            let message = "there is no role \(future.owner), for what it makes later"
            if !plan.obstacles.contains(where: { $0.message == message }) {
                plan.obstacles.append(.init(message))
            }
        }
        let new = resolved.privileges.held.filter { $0.privilege == .maintain }
        if !new.isEmpty, holdings.version < 170_000 {
            resolved.privileges.held.subtract(new)
            plan.obstacles.append(.init("maintain is a privilege of PostgreSQL 17 and newer"))
        }
        return resolved
    }

    /// Whether a scope may mean a routine of which only the name is known.
    private func means(_ routine: DatabaseObject, _ scope: Scope) -> Bool {
        scope.expanded(for: .postgresql).contains { grant in
            grant.target.kind == .routine && (grant.database ?? definition.database) == routine.database
                && grant.target.schema?.matches(routine.schema ?? "") == true
        }
    }

    /// Owners of schemas are in the catalogue; those that the configuration names may not be.
    private func isNamed(_ owner: String, _ scope: Scope) -> Bool {
        scope.grants.contains {
            if case .of(let names) = $0.future { names.contains(owner) } else { false }
        }
    }

    // MARK: What is beyond

    private func beyond(
        _ wanted: PrivilegeSet, _ future: Set<DefaultPrivilege>, _ group: String,
        _ role: PostgreSQLHoldings.Role?
    ) -> BeyondScope {
        var beyond = BeyondScope()
        let held = (holdings.held + holdings.databases.values.flatMap(\.held)).filter {
            ExactText($0.group) == ExactText(group)
        }
        beyond.privileges = held.filter { !wanted.covers($0.privilege) }
        beyond.grantable = held.filter { $0.isGrantable && wanted.covers($0.privilege) }
        let defaults = holdings.databases.values.flatMap(\.defaults).filter {
            ExactText($0.group) == ExactText(group)
        }
        beyond.defaults = defaults.filter { !future.contains($0.privilege) }.map(\.privilege)
        beyond.grantableDefaults = defaults.filter { $0.isGrantable && future.contains($0.privilege) }
            .map(\.privilege)
        beyond.memberships = role?.memberships ?? []
        let others = holdings.databases.sorted { $0.key < $1.key }.flatMap { name, database in
            database.others.filter { ExactText($0.group) == ExactText(group) }.map {
                "\($0.object) in \(name)"
            }
        }
        beyond.others = others
        return beyond
    }

    private func revoke(
        _ beyond: BeyondScope, _ statements: GrantStatements, _ quoted: String, _ plan: inout ProfilePlan
    ) throws(EngineFailure) {
        for membership in beyond.memberships {
            // From 16 on each grantor's is a grant of its own.
            let by: String =
                if let grantor = membership.grantor, holdings.version >= 160_000 {
                    " GRANTED BY \(try PostgreSQLQuoting.identifier(grantor))"
                } else { "" }
            let role = try PostgreSQLQuoting.identifier(membership.role)
            plan.steps.append(
                PlanStep(.revoke, in: definition.database, "REVOKE \(role) FROM \(quoted)\(by)"))
        }
        for (held, place) in byPlace(beyond.privileges) {
            for (grantor, own) in byGrantor(held) {
                try add(try statements.revoke(own.map(\.privilege)), by: grantor, place, &plan)
            }
        }
        for (held, place) in byPlace(beyond.grantable) {
            for (grantor, own) in byGrantor(held) {
                try add(try statements.revokeGrantOption(own.map(\.privilege)), by: grantor, place, &plan)
            }
        }
        for (place, defaults) in Dictionary(grouping: beyond.defaults, by: \.database).sorted(by: {
            $0.key < $1.key
        }) {
            for statement in try statements.defaults(defaults, revoking: true) {
                plan.steps.append(PlanStep(.revoke, in: place, statement))
            }
        }
        let grantable = Dictionary(grouping: beyond.grantableDefaults, by: \.database)
        for (place, defaults) in grantable.sorted(by: { $0.key < $1.key }) {
            for statement in try statements.defaults(defaults, revoking: true, grantOptionOnly: true) {
                plan.steps.append(PlanStep(.revoke, in: place, statement))
            }
        }
        for other in beyond.others {
            plan.obstacles.append(.init("it has rights on \(other), for which grants have no words"))
        }
    }

    private func byPlace(_ held: [PostgreSQLHoldings.Held]) -> [([PostgreSQLHoldings.Held], String)] {
        Dictionary(grouping: held) { place(of: $0.privilege.object) }.sorted { $0.key < $1.key }
            .map { ($0.value, $0.key) }
    }

    /// The owner's first, as nil.
    private func byGrantor(_ held: [PostgreSQLHoldings.Held]) -> [(String?, [PostgreSQLHoldings.Held])] {
        Dictionary(grouping: held) { $0.grantor == $0.owner ? nil : $0.grantor }
            .sorted { ($0.key ?? "") < ($1.key ?? "") }.map { ($0.key, $0.value) }
    }

    /// A superuser revokes as the object's owner: what somebody else granted, only they take back.
    private func add(
        _ statements: [String], by grantor: String?, _ place: String, _ plan: inout ProfilePlan
    ) throws(EngineFailure) {
        let role = try grantor.map { (name) throws(EngineFailure) in try PostgreSQLQuoting.identifier(name) }
        for statement in statements {
            plan.steps.append(
                PlanStep(
                    .revoke, in: place, role.map { "SET ROLE \($0); \(statement); RESET ROLE" } ?? statement))
        }
    }

    /// Where a statement about an object is run: databases can be spoken of anywhere.
    private func place(of object: DatabaseObject) -> String {
        object.kind == .database ? definition.database : object.database
    }

    // MARK: What is missing

    private func grant(
        _ resolved: ResolvedScope, _ beyond: BeyondScope, _ statements: GrantStatements, hasRaw: Bool,
        _ plan: inout ProfilePlan
    ) throws(EngineFailure) {
        let group = plan.group
        let held = Set(
            (holdings.held + holdings.databases.values.flatMap(\.held)).filter {
                ExactText($0.group) == ExactText(group)
            }
            .map(\.privilege))
        // To revoke from a table takes what its columns had with it.
        let taken = hasRaw ? [] : Set(beyond.privileges.map(\.privilege).filter { $0.column == nil })
        let missing = resolved.privileges.held.filter { wanted in
            !held.contains(wanted)
                || wanted.column != nil && taken.contains(HeldPrivilege(wanted.privilege, on: wanted.object))
        }
        for (place, wanted) in Dictionary(grouping: missing, by: { place(of: $0.object) }).sorted(by: {
            $0.key < $1.key
        }) {
            for statement in try statements.grant(wanted) {
                plan.steps.append(PlanStep(.grant, in: place, statement))
            }
        }
        let defaults = Set(
            holdings.databases.values.flatMap(\.defaults).filter { ExactText($0.group) == ExactText(group) }
                .map(\.privilege))
        let missingDefaults = Dictionary(grouping: resolved.future.subtracting(defaults), by: \.database)
        for (place, wanted) in missingDefaults.sorted(by: { $0.key < $1.key }) {
            for statement in try statements.defaults(wanted, revoking: false) {
                plan.steps.append(PlanStep(.grant, in: place, statement))
            }
        }
    }

    /// Raw statements are run when they are not those that the group's comment tells of.
    private func runRaw(
        _ profile: Profile, _ role: PostgreSQLHoldings.Role?, _ quoted: String, _ beyond: BeyondScope,
        _ plan: inout ProfilePlan
    ) throws(EngineFailure) {
        var mark = GroupMark(installation: installation.name, profile: profile.name)
        mark.statements = try GroupMark.digest(profile.groupStatements)
        if mark.statements != nil { mark.beyond = try GroupMark.digest(beyond.lines) }
        if let digest = mark.statements, GroupMark.value("statements", in: role?.comment) != digest {
            for text in profile.groupStatements {
                plan.steps.append(PlanStep(.raw, in: definition.database, try Self.filled(text, quoted)))
            }
        }
        guard role?.comment != mark.text else { return }
        plan.steps.append(
            PlanStep(
                .mark, in: definition.database,
                "COMMENT ON ROLE \(quoted) IS \(try PostgreSQLQuoting.literal(mark.text))"))
    }

    static func filled(_ text: String, _ group: String) throws(EngineFailure) -> String {
        do throws(StatementTemplate.Problem) {
            var filled = try StatementTemplate(text, allowing: [.group]).filled(with: [.group: group])
            while let last = filled.last, last == ";" || last.isWhitespace { filled.removeLast() }
            return filled
        } catch { throw EngineFailure(.invalid, "a statement of group_statements cannot be filled in") }
    }

    private func allow(_ group: String, _ plan: inout ProfilePlan) throws(EngineFailure) {
        switch definition.mode {
        case .direct: return
        case .guard: break
        }
        guard let allowed = holdings.allowed else {
            plan.notes.append(
                "the guard was not asked which groups it allows: `mayflyd guard print` allows this one")
            return
        }
        guard !allowed.contains(where: { ExactText($0) == ExactText(group) }) else { return }
        plan.steps.append(
            PlanStep(
                .allow, in: definition.guardDatabase,
                "INSERT INTO mayfly.allowed_group VALUES (\(try PostgreSQLQuoting.literal(group)))"))
    }

    private func noteRowSecurity(_ group: String, _ resolved: ResolvedScope, _ plan: inout ProfilePlan) {
        let touched = Set(resolved.privileges.held.map(\.object))
        for database in holdings.databases.values {
            for secured in database.rowSecurity.sorted(by: { $0.table < $1.table })
            where touched.contains(secured.table) {
                plan.notes += secured.lines(for: group)
            }
        }
    }
}
