import Foundation
import Logging
package import MayflyCore

/// What DBAs ask: who is behind each role in the server, and what is to be done with those that nobody is behind.
extension Broker {
    /// Every login role of ours beside its lease. For auditors and administrators all; for others those of their own
    /// leases.
    package func roleReports(
        of database: DatabaseName?, by identity: Identity
    ) async throws(Refusal) -> RoleReports {
        let seesAll = isAuditor(identity)
        let living = Set(Lease.State.allCases.filter { !$0.isFinal })
        var query = LeaseQuery(database: database, states: living, limit: 1_000_000)
        if !seesAll { (query.uid, query.key) = (identity.uid, identity.key) }
        let leases = try await stored { [query] () async throws(StoreError) in try await store.leases(query) }
        let all = databases
        if let database, all[database] == nil, seesAll { throw Refusal(unknown: database) }
        let theirs = Set(leases.map(\.database))
        let asked = all.values
            .filter { database == nil || $0.definition.name == database }
            .filter { seesAll || theirs.contains($0.definition.name) }
            .sorted { $0.definition.name < $1.definition.name }
        var reports = RoleReports()
        for found in await standings(of: asked) {
            switch found.roles {
            case .failure(let failure): reports.unavailable.append((found.database.definition.name, failure))
            case .success(let roles):
                reports.roles += try await stored { () async throws(StoreError) in
                    try await hold(roles, against: leases, of: found.database, for: seesAll ? nil : identity)
                }
            }
            if await found.database.reconciler.safeMode.isOn {
                reports.inSafeMode.append(found.database.definition.name)
            }
        }
        // Of databases on one server the one in which somebody said to keep it is told.
        reports.roles.sort {
            ($0.kind == .kept ? 0 : 1, $0.database, $0.role) < (
                $1.kind == .kept ? 0 : 1, $1.database, $1.role
            )
        }
        reports.roles = Self.once(reports.roles, all)
        reports.roles.sort { ($0.database, $0.role) < ($1.database, $1.role) }
        await countPrivileges(&reports.roles, all)
        return reports
    }

    private typealias Found = (database: AdministeredDatabase, roles: Result<[RoleStanding], EngineFailure>)

    /// Servers are asked at once: one that hangs costs the others nothing.
    private func standings(of databases: [AdministeredDatabase]) async -> [Found] {
        await withTaskGroup(of: Found.self) { group in
            for database in databases {
                group.addTask {
                    do throws(EngineFailure) {
                        return (database, .success(try await database.engine.roles(withOwned: true)))
                    } catch {
                        return (database, .failure(error))
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
    }

    /// - Parameter caller: whose own are told; nil for all.
    private func hold(
        _ roles: [RoleStanding], against living: [Lease], of database: AdministeredDatabase,
        for caller: Identity?
    ) async throws(StoreError) -> [RoleReport] {
        let definition = database.definition
        let ids = roles.compactMap(\.lease)
        let known = ids.isEmpty ? [] : try await store.leases(LeaseQuery(ids: ids, limit: ids.count))
        let byID = Dictionary(known.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let kept = try await database.reconciler.keptRoles()
        let now = timekeeper.now()
        var reports = roles.compactMap { role -> RoleReport? in
            let lease = role.lease.flatMap { byID[$0] }
            // Databases on one server share its register.
            if let lease, lease.database != definition.name { return nil }
            // Registered, gone, and over for the state too: nothing is left of it.
            if role.standing == .missing, lease?.state.isFinal ?? true { return nil }
            return RoleReport(role, lease, of: definition, isKept: kept.contains(role.lease), now: now)
        }
        let seen = Set(ids)
        // One whose role is being made or is gone with its end has none, and that is as it should be.
        for lease in living where lease.database == definition.name && lease.state == .active {
            guard !seen.contains(lease.id) else { continue }
            // It may have ended while the server was asked.
            guard try await store.lease(lease.id)?.state == .active else { continue }
            reports.append(RoleReport(nil, lease, of: definition, isKept: false, now: now))
        }
        if let caller { reports.removeAll { $0.lease?.requester.isSame(as: caller) != true } }
        for index in reports.indices {
            guard let lease = reports[index].lease else { continue }
            reports[index].approvedBy = try await approvers(of: lease)
        }
        return reports
    }

    private func approvers(of lease: Lease) async throws(StoreError) -> [String] {
        let votes = try await store.request(lease.requestID)?.course?.votes ?? []
        return votes.filter { $0.verdict == .approve }.map(\.identity.user)
    }

    /// What no lease knows is found through each database of a server: it is told once.
    private static func once(
        _ roles: [RoleReport], _ databases: [DatabaseName: AdministeredDatabase]
    ) -> [RoleReport] {
        var seen: Set<[String]> = []
        return roles.filter { role in
            guard role.lease == nil, let definition = databases[role.database]?.definition else {
                return true
            }
            return seen.insert(definition.server + [role.role]).inserted
        }
    }

    private func countPrivileges(
        _ roles: inout [RoleReport], _ databases: [DatabaseName: AdministeredDatabase]
    ) async {
        var counts: [DatabaseName: [[String]: Int?]] = [:]
        for index in roles.indices where !roles[index].groups.isEmpty {
            let (name, groups) = (roles[index].database, roles[index].groups)
            if let known = counts[name]?[groups] {
                roles[index].privileges = known
                continue
            }
            // A server that does not tell is no reason to leave the rest out.
            let lines = try? await databases[name]?.engine.privileges(of: groups)
            counts[name, default: [:]][groups] = .some(lines?.count)
            roles[index].privileges = lines?.count
        }
    }

    /// Who is behind a role's name or a session's number: by the state, or else by what the server says.
    /// - Parameter name: from outside, not parsed.
    package func who(
        _ name: String, on database: DatabaseName?, by identity: Identity
    ) async throws(Refusal) -> RoleBearer {
        let missing = Refusal(
            .notFound, "no role or session of Mayfly's is called \(name.quoted())", field: "id",
            hint: "a role's name, or with --database the number of a session; `mayfly roles` lists them")
        let all = databases
        if let database, all[database] == nil { throw Refusal(unknown: database) }
        if let number = Int64(name), number >= 0 {
            guard let database, let engine = all[database]?.engine else {
                throw Refusal(
                    .invalidRequest, "\(number) is a session of a server: which one?", field: "database",
                    hint: "--database NAME")
            }
            // Who has no lease there can be told of none, and makes no server work.
            if !isAuditor(identity) {
                let living = Set(Lease.State.allCases.filter { !$0.isFinal })
                let own = try await leases(
                    LeaseQuery(database: database, states: living, limit: 1), by: identity)
                guard !own.isEmpty else { throw missing }
            }
            guard let found = try await find(.session(Int(number)), engine, database),
                let known = try await bearer(found.role, database, found, by: identity)
            else { throw missing }
            return known
        }
        // As MariaDB and MySQL show it: user@host.
        let role = name.split(separator: "@").first.map(String.init) ?? name
        let past = try await bearer(role, database, nil, by: identity)
        // What is over is told, unless somebody else goes by its name now.
        if let past, past.lease?.state.isFinal == false || !isAuditor(identity) { return past }
        guard isAuditor(identity) else { throw missing }
        var failure: Refusal?
        for (name, administered) in all.sorted(by: { $0.key < $1.key })
        where database == nil || name == database {
            do throws(Refusal) {
                guard let found = try await find(.role(role), administered.engine, name) else { continue }
                if let known = try await bearer(found.role, name, found, by: identity) { return known }
            } catch {
                failure = failure ?? error
            }
        }
        if let past { return past }
        throw failure ?? missing
    }

    private func find(
        _ subject: RoleSubject, _ engine: any DatabaseEngine, _ database: DatabaseName
    ) async throws(Refusal) -> FoundRole? {
        do throws(EngineFailure) { return try await engine.find(subject) } catch {
            throw Refusal(error, database: database)
        }
    }

    /// - Returns: nil for what nobody knows, or what is not the caller's to see.
    private func bearer(
        _ role: String, _ database: DatabaseName?, _ found: FoundRole?, by identity: Identity
    ) async throws(Refusal) -> RoleBearer? {
        if let name = RoleName(rawValue: role) {
            let lease = try await leases(LeaseQuery(roles: [name], limit: 1), by: identity).first
            // A role of that name that the register does not have as the lease's is somebody else's.
            let isTheirs =
                found.map { $0.standing?.standing == .live && $0.standing?.lease == lease?.id }
                ?? (database == nil || lease?.database == database)
            if let lease, isTheirs {
                let approvedBy = try await stored { () async throws(StoreError) in
                    try await approvers(of: lease)
                }
                return RoleBearer(
                    role: role, database: lease.database, source: .state, lease: lease,
                    approvedBy: approvedBy,
                    standing: found?.standing, comment: found?.comment, isOurs: true)
            }
        }
        guard let found, isAuditor(identity) else { return nil }
        let isRegistered = found.standing?.standing == .live
        return RoleBearer(
            role: role, database: database,
            source: isRegistered ? .register : found.comment != nil ? .comment : .name,
            standing: found.standing, comment: found.comment, isOurs: isRegistered)
    }

    /// What an administrator says to do with roles that no lease knows.
    package func reap(_ order: ReapOrder, by identity: Identity) async throws(Refusal) -> ReapAnswer {
        guard isAdministrator(identity) else { throw Refusal(.denied, "administrators reap") }
        guard let database = databases[order.database] else { throw Refusal(unknown: order.database) }
        do {
            let now = timekeeper.now()
            let outcomes = try await database.reconciler.reap(order, by: identity)
            if order.choice == .keep { try await keepEverywhere(outcomes, order, database, by: identity) }
            let ids = outcomes.compactMap(\.role.lease)
            let known = ids.isEmpty ? [] : try await store.leases(LeaseQuery(ids: ids, limit: ids.count))
            let byID = Dictionary(known.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
            let kept = try await database.reconciler.keptRoles()
            return ReapAnswer(
                roles: outcomes.map { role, outcome in
                    let report = RoleReport(
                        role, role.lease.flatMap { byID[$0] }, of: database.definition,
                        isKept: kept.contains(role.lease), now: now)
                    return (report, outcome)
                }, safeMode: await database.reconciler.safeMode)
        } catch let failure as EngineFailure {
            throw Refusal(failure, database: order.database)
        } catch let failure as StoreError {
            logger.error("state failed", metadata: ["error": "\(failure)"])
            throw Refusal(failure)
        } catch let refusal as Refusal {
            throw refusal
        } catch {
            throw Refusal(.internal, "the roles could not be reaped")
        }
    }

    /// Every database of a server finds its roles: what is kept in one is kept in the others too.
    private func keepEverywhere(
        _ outcomes: [(role: RoleStanding, outcome: ReapAnswer.Outcome)], _ order: ReapOrder,
        _ database: AdministeredDatabase, by identity: Identity
    ) async throws {
        let names = Set(outcomes.filter(\.outcome.isKept).map(\.role.role))
        guard !names.isEmpty else { return }
        for (name, other) in databases
        where name != order.database && other.definition.server == database.definition.server {
            try await other.reconciler.keep(
                names: names, ReapOrder(database: name, choice: .keep, reason: order.reason), by: identity)
        }
    }
}

extension ReapAnswer.Outcome {
    fileprivate var isKept: Bool {
        switch self {
        case .kept: true
        case .found, .dropped, .gone, .locked, .failed, .notOurs: false
        }
    }
}

extension DatabaseDefinition {
    /// Its server: whose roles are the same for all databases on it.
    fileprivate var server: [String] { hosts.sorted() + [String(port)] }
}

extension Refusal {
    fileprivate init(unknown database: DatabaseName) {
        self.init(
            .notFound, "no database is called \(database.rawValue.quoted())", field: "database",
            hint: "`mayfly status` lists them")
    }
}
