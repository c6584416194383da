package import Foundation
package import MayflyCore
import SQLClients
import Synchronization

extension PostgreSQLEngine {
    package func issue(_ orders: [RoleOrder]) async -> [Result<IssuedRole, EngineFailure>] {
        if let mismatch = guardMismatch.withLock({ $0 }) { return orders.map { _ in .failure(mismatch) } }
        if let failure = noOwners, orders.contains(where: { $0.owner != nil }) {
            var made = await issue(orders.filter { $0.owner == nil })[...]
            return orders.map { $0.owner == nil ? made.removeFirst() : .failure(failure) }
        }
        let scopes = orders.map { NarrowedScope(of: $0.groups, to: $0.narrowing) }
        guard scopes.contains(where: { $0 != nil }) else { return await make(orders) }
        return await narrowed(scopes) { [self] groups in
            var narrowed = groups.map { index, _ in orders[index] }
            for (place, (_, group)) in groups.enumerated() {
                if let group { narrowed[place].groups = [group] }
            }
            return zip(groups, await make(narrowed)).map { member, answer in
                answer.map { role in
                    IssuedRole(oid: role.oid, validUntil: role.validUntil, narrowedGroup: member.group)
                }
            }
        }
    }

    /// Carries out what is for members of narrowed groups, and of none, once each group is there; what has no group fails
    /// alone.
    /// - Parameter body: takes the members that go on, by their place in `scopes`, each with its narrowed group.
    private func narrowed<Answer: Sendable>(
        _ scopes: [NarrowedScope?],
        _ body: @escaping @Sendable ([(index: Int, group: String?)]) async -> [Result<Answer, EngineFailure>]
    ) async -> [Result<Answer, EngineFailure>] {
        await shielded { [self] in
            let asked = scopes.indices.filter { scopes[$0] != nil }
            var failures: [Int: EngineFailure] = [:]
            var groups: [Int: String] = [:]
            for (index, answer) in zip(asked, await narrow(scopes.compactMap { $0 }, by: deadline)) {
                switch answer {
                case .success(let group): groups[index] = group
                case .failure(let failure): failures[index] = failure
                }
            }
            let going = scopes.indices.filter { failures[$0] == nil }
            let answers = await body(going.map { ($0, groups[$0]) })
            var result: [Int: Result<Answer, EngineFailure>] = failures.mapValues { .failure($0) }
            for (index, answer) in zip(going, answers) { result[index] = answer }
            return scopes.indices.map {
                result[$0] ?? .failure(EngineFailure(.outcomeUnknown, "the guard gave no answer"))
            }
        }
    }

    private func make(_ orders: [RoleOrder]) async -> [Result<IssuedRole, EngineFailure>] {
        guard !orders.isEmpty else { return [] }
        return await shielded { [self] in
            let deadline = deadline
            let members = orders.map { GuardMembers.Issue($0) }
            var answers = await caller.call(.issue, members, by: deadline, repeatsWhenLost: false)
            let unknown = answers.indices.filter { answers[$0].isUnknown }
            guard !unknown.isEmpty else { return PostgreSQLCaller.read(answers, Self.issued) }

            // The connection was lost, and its backend is gone: now the server knows which roles it made.
            let found = await find(
                unknown.map { orders[$0].lease }, by: .now + LostBackends<PostgreSQLDialect>.grace)
            var missing: [Int] = []
            for (index, answer) in zip(unknown, found) {
                switch answer {
                case .success(.some(let row)) where row.isLive: answers[index] = .success(row)
                case .success: missing.append(index)
                case .failure(let failure):
                    answers[index] = .failure(EngineFailure(.outcomeUnknown, failure.message))
                }
            }
            if !missing.isEmpty {
                let again =
                    ContinuousClock.now < deadline
                    ? await caller.call(
                        .issue, missing.map { members[$0] }, by: deadline, repeatsWhenLost: false)
                    : missing.map { _ in
                        .failure(EngineFailure(.unreachable, "the server did not answer; no role was made"))
                    }
                for (index, answer) in zip(missing, again) { answers[index] = answer }
            }
            return PostgreSQLCaller.read(answers, Self.issued)
        }
    }

    /// Why no role can be made that creates for an owner; nil as far as is known.
    private var noOwners: EngineFailure? {
        if direct != nil {
            return EngineFailure(.invalid, "without a guard no role is made that creates for an owner")
        }
        guard let version = guardVersion.withLock({ $0 }), version < 2 else { return nil }
        return EngineFailure(
            .guardUnusable, "the guard is of version \(version), whose roles cannot create for an owner",
            hint: "`mayflyd guard print DATABASE --upgrade` is for a DBA")
    }

    package func renew(_ orders: [RenewOrder]) async -> [Result<Date, EngineFailure>] {
        let scopes = orders.map(\.narrowed)
        guard scopes.contains(where: { $0 != nil }) else { return await extend(orders) }
        // Core takes a narrowed group only when it was compared with its groups just now.
        return await narrowed(scopes) { [self] members in await extend(members.map { orders[$0.index] }) }
    }

    private func extend(_ orders: [RenewOrder]) async -> [Result<Date, EngineFailure>] {
        guard !orders.isEmpty else { return [] }
        return await shielded { [self] in
            let members = orders.map {
                GuardMembers.Renew(lease: $0.lease.rawValue, ttl_seconds: $0.ttl.seconds)
            }
            return PostgreSQLCaller.read(await caller.call(.renew, members, by: deadline), Self.date)
        }
    }

    package func replaceVerifier(
        _ lease: LeaseID, with verifier: Verifier
    ) async -> Result<Void, EngineFailure> {
        await shielded { [self] in
            let member = GuardMembers.ReplaceVerifier(lease: lease.rawValue, verifier: verifier.text)
            return await caller.call(.replaceVerifier, [member], by: deadline)[0].map { _ in }
        }
    }

    private static func issued(_ row: PostgreSQLRow) throws(PostgreSQLError) -> IssuedRole {
        IssuedRole(oid: UInt32(try row.string("role_oid")), validUntil: try date(row))
    }

    /// The register's row of each lease; nil for a lease that isn't in it.
    func find(
        _ leases: [LeaseID], by deadline: ContinuousClock.Instant
    ) async -> [Result<PostgreSQLRow?, EngineFailure>] {
        await caller.call(.find, leases.map(GuardMembers.Lease.init), by: deadline).map { answer in
            switch answer {
            case .success(let row): .success(row)
            case .failure(let failure) where failure.code == GuardCode.notOurs?.code: .success(nil)
            case .failure(let failure): .failure(failure)
            }
        }
    }
}

extension Result where Failure == EngineFailure {
    fileprivate var isUnknown: Bool {
        guard case .failure(let failure) = self else { return false }
        // An answer that cannot be read has no code: the roles may well have been made.
        return failure.kind == .outcomeUnknown || (failure.kind == .guardUnusable && failure.code == nil)
    }
}

extension PostgreSQLRow {
    /// Register and catalogue agree that the role exists.
    fileprivate var isLive: Bool { (try? string("standing")) == "live" }  // without the column it isn't
}
