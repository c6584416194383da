import MayflyCore

/// An administrator's word on roles that no lease knows.
extension Reconciler {
    /// The roles are looked for anew, and only what is named is touched: what turned up since somebody looked is left.
    func reap(
        _ order: ReapOrder, by identity: Identity
    ) async throws -> [(role: RoleStanding, outcome: ReapAnswer.Outcome)] {
        let roles = try await engine.roles(withOwned: order.choice == .look)
        let (over, unknown) = try await sort(roles, living: try await store.liveLeases(database))
        met.formUnion((over + unknown).map(\.role))
        let strays = roles.filter { $0.standing == .stray }
        let kept = try await keptRoles()
        let chosen = (over + unknown).filter { role in
            // What somebody said to keep is dropped by its name only.
            order.roles?.contains(role.role) ?? !kept.contains(role.lease)
        }
        let missing = order.roles?.subtracting(chosen.map(\.role)).sorted() ?? []
        let there = Set(roles.lazy.filter { $0.standing != .missing }.map(\.role))
        if let stranger = missing.first(where: { there.contains($0) || !met.contains($0) }) {
            let isStray = strays.contains { $0.role == stranger }
            throw Refusal(
                .notFound,
                isStray
                    ? "the role \(stranger.quoted()) only looks like ours: it is a DBA's to drop"
                    : "no role without a lease is called \(stranger.quoted())",
                field: "roles", hint: "`mayfly reap --database \(database) --dry-run` lists them")
        }
        var outcomes: [(role: RoleStanding, outcome: ReapAnswer.Outcome)]
        switch order.choice {
        case .look: outcomes = chosen.map { ($0, .found) }
        case .drop: outcomes = try await drop(chosen, order, .person(identity))
        case .keep: outcomes = try await keep(chosen.filter { !over.contains($0) }, order, .person(identity))
        }
        if order.choice != .look {
            try await settle(unknown, outcomes, chosen, .person(identity))
        }
        outcomes += missing.map { (RoleStanding(ended: $0), .gone) }
        if order.roles == nil {
            outcomes += unknown.filter { kept.contains($0.lease) }.map { ($0, .kept) }
            outcomes += strays.map { ($0, .notOurs(statement: statement(onStray: $0))) }
        }
        return outcomes
    }

    /// What somebody said to keep in another database of this server, as far as it is found here too.
    func keep(names: Set<String>, _ order: ReapOrder, by identity: Identity) async throws {
        let unknown = try await sort(
            try await engine.roles(), living: try await store.liveLeases(database)
        ).orphans
        let known = try await keptRoles()
        let chosen = unknown.filter { names.contains($0.role) && !known.contains($0.lease) }
        let outcomes = try await keep(chosen, order, .person(identity))
        try await settle(unknown, outcomes, chosen, .person(identity))
    }

    private func drop(
        _ roles: [RoleStanding], _ order: ReapOrder, _ actor: AuditEvent.Actor
    ) async throws -> [(role: RoleStanding, outcome: ReapAnswer.Outcome)] {
        guard !roles.isEmpty else { return [] }
        // The intent first: should we die between, the record says who wanted it.
        try await store.record(
            roles.map { role in
                var event = event(.roleReaping, role, by: actor)
                event.reason = order.reason?.rawValue
                return event
            })
        return await end(roles, by: actor, reason: order.reason).map { role, outcome in
            switch outcome {
            case .gone(let sessions, _): (role, .dropped(sessionsEnded: sessions))
            case .locked(let obstacle): (role, .locked(obstacle))
            case .failed(let failure): (role, .failed(failure))
            }
        }
    }

    private func keep(
        _ roles: [RoleStanding], _ order: ReapOrder, _ actor: AuditEvent.Actor
    ) async throws -> [(role: RoleStanding, outcome: ReapAnswer.Outcome)] {
        guard !roles.isEmpty else { return [] }
        var keeping = try await keptRoles()
        keeping.keep(roles, now: timekeeper.now())
        try await store.setMemo(
            KeptRoles.memoKey(database), to: try keeping.encoded(),
            recording: roles.map { role in
                var event = event(.roleKept, role, by: actor)
                event.reason = order.reason?.rawValue
                return event
            })
        // Two may have said so at once: what either has on record is kept.
        kept = (kept ?? KeptRoles()).union(keeping)
        return roles.map { ($0, .kept) }
    }

    /// Ends safe mode when each of the roles has been decided on.
    private func settle(
        _ unknown: [RoleStanding], _ outcomes: [(role: RoleStanding, outcome: ReapAnswer.Outcome)],
        _ chosen: [RoleStanding], _ actor: AuditEvent.Actor
    ) async throws(StoreError) {
        let gone = Set(
            outcomes.compactMap { role, outcome -> String? in
                switch outcome {
                case .dropped, .gone: role.role
                case .found, .kept, .locked, .failed, .notOurs: nil
                }
            })
        let kept = try await keptRoles()
        orphans = unknown.filter { !gone.contains($0.role) }.sorted { $0.role < $1.role }
        // One that could not be dropped is decided on too, and stays listed.
        let decided = Set(chosen.map(\.role))
        if safeMode.isOn, orphans.allSatisfy({ kept.contains($0.lease) || decided.contains($0.role) }) {
            try await leaveSafeMode(actor, because: "decided on")
        }
    }
}

extension RoleStanding {
    /// One that was there when somebody looked, and is not any more.
    fileprivate init(ended role: String) {
        self.init(
            standing: .missing, lease: nil, role: role, requester: nil, validUntil: nil, isOverdue: false,
            canLogIn: false)
    }
}
