import MayflyCore

/// An administrator's word on roles that no lease knows.
extension Reconciler {
    /// The roles are looked for anew, and only what is named is touched: what turned up since somebody looked is left.
    func reap(
        _ order: ReapOrder, by identity: Identity
    ) async throws -> [(role: RoleStanding, outcome: ReapAnswer.Outcome)] {
        let roles = try await engine.roles(withOwned: order.choice == .look)
        let (over, unknown) = try await sort(roles, living: try await store.liveLeases(database))
        let strays = roles.filter { $0.standing == .stray }
        let chosen = (over + unknown).filter { order.roles?.contains($0.role) ?? true }
        if let missing = order.roles?.subtracting(chosen.map(\.role)).min() {
            let isStray = strays.contains { $0.role == missing }
            throw Refusal(
                .notFound,
                isStray
                    ? "the role \(missing.quoted()) only looks like ours: it is a DBA's to drop"
                    : "no role without a lease is called \(missing.quoted())",
                field: "roles", hint: "`mayfly reap --database \(database) --dry-run` lists them")
        }
        var outcomes: [(role: RoleStanding, outcome: ReapAnswer.Outcome)]
        switch order.choice {
        case .look: outcomes = chosen.map { ($0, .found) }
        case .drop: outcomes = try await drop(chosen, order, .person(identity))
        case .keep: outcomes = try await keep(chosen.filter { !over.contains($0) }, order, .person(identity))
        }
        if order.choice != .look {
            try await settle(unknown, outcomes.map(\.outcome), chosen, .person(identity))
        }
        if order.roles == nil { outcomes += strays.map { ($0, .notOurs(statement: statement(onStray: $0))) } }
        return outcomes
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
        return try await end(roles, by: actor, reason: order.reason).map { role, outcome in
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
        _ = try await keptRoles()
        kept?.keep(roles, now: timekeeper.now())
        try await store.setMemo(
            KeptRoles.memoKey(database), to: try kept?.encoded(),
            recording: roles.map { role in
                var event = event(.roleKept, role, by: actor)
                event.reason = order.reason?.rawValue
                return event
            })
        return roles.map { ($0, .kept) }
    }

    /// Ends safe mode when each of the roles has been decided on.
    private func settle(
        _ unknown: [RoleStanding], _ outcomes: [ReapAnswer.Outcome], _ chosen: [RoleStanding],
        _ actor: AuditEvent.Actor
    ) async throws(StoreError) {
        let gone = Set(
            zip(chosen, outcomes).compactMap { role, outcome -> String? in
                switch outcome {
                case .dropped: role.role
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
