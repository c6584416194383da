package import Foundation
package import MayflyCore
import SQLClients
import Synchronization

extension MariaDBEngine {
    package func issue(_ orders: [RoleOrder]) async -> [Result<IssuedRole, EngineFailure>] {
        if let mismatch = guardMismatch.withLock({ $0 }) { return orders.map { _ in .failure(mismatch) } }
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

    private func make(_ orders: [RoleOrder]) async -> [Result<IssuedRole, EngineFailure>] {
        guard !orders.isEmpty else { return [] }
        return await shielded { [self] in
            let deadline = deadline
            let members = orders.map { GuardMembers.Issue($0, plugin: $0.verifier.plugin) }
            var answers = await writer.call(.issue, members, by: deadline, repeatsWhenLost: false)
            // A call that did not come to its end may have made some of its accounts, or parts of them.
            let unsure = answers.indices.filter { answers[$0].mayBeHalfDone }
            guard !unsure.isEmpty else { return MariaDBCaller.read(answers, Self.issued) }

            var unfinished: [Int] = []
            let found = await find(unsure.map { orders[$0].lease }, by: .now + Self.grace)
            for (index, answer) in zip(unsure, found) {
                switch answer {
                case .success(.some(let row)) where row.standing == "live": answers[index] = .success(row)
                case .success(.some(let row)) where row.standing == "unfinished": unfinished.append(index)
                case .success:
                    if answers[index].isUnknown { unfinished.append(index) }
                case .failure(let failure):
                    answers[index] = .failure(EngineFailure(.outcomeUnknown, failure.message))
                }
            }
            // What is unfinished may be issued again: it is begun anew.
            if ContinuousClock.now < deadline {
                let again = await writer.call(
                    .issue, unfinished.map { members[$0] }, by: deadline, repeatsWhenLost: false)
                for (index, answer) in zip(unfinished, again) { answers[index] = answer }
                // Also what this call did not even reach: the one before began it.
                unfinished = unfinished.filter { if case .failure = answers[$0] { true } else { false } }
            }
            await undo(&answers, unfinished, orders)
            return MariaDBCaller.read(answers, Self.issued)
        }
    }

    /// How long what became of a lost call is asked for, beyond the call's own deadline.
    static var grace: Duration { LostBackends<MariaDBDialect>.grace }

    /// Removes what calls that failed have left: then they failed without doubt.
    private func undo(
        _ answers: inout [MariaDBCaller.Answer], _ indices: [Int], _ orders: [RoleOrder]
    ) async {
        guard !indices.isEmpty else { return }
        let outcomes = await revoke(
            indices.map { RoleReference(lease: orders[$0].lease, role: orders[$0].role) }, .full)
        for (index, outcome) in zip(indices, outcomes) {
            let cause: EngineFailure? =
                if case .failure(let failure) = answers[index] { failure } else { nil }
            switch outcome {
            case .gone:
                answers[index] = .failure(
                    cause.flatMap { $0.kind == .outcomeUnknown ? nil : $0 }
                        ?? EngineFailure(.unreachable, "the server did not answer; no role was made"))
            case .locked, .failed:
                answers[index] = .failure(
                    EngineFailure(.outcomeUnknown, cause?.message ?? "what was begun could not be undone"))
            }
        }
    }

    package func renew(_ orders: [RenewOrder]) async -> [Result<Date, EngineFailure>] {
        let scopes = orders.map(\.narrowed)
        guard scopes.contains(where: { $0 != nil }) else { return await extend(orders) }
        // A narrowed group is taken only when it was compared with its group just now.
        return await narrowed(scopes) { [self] members in await extend(members.map { orders[$0.index] }) }
    }

    private func extend(_ orders: [RenewOrder]) async -> [Result<Date, EngineFailure>] {
        guard !orders.isEmpty else { return [] }
        return await shielded { [self] in
            let members = orders.map {
                GuardMembers.Renew(lease: $0.lease.rawValue, ttl_seconds: $0.ttl.seconds)
            }
            return MariaDBCaller.read(await writer.call(.renew, members, by: deadline), Self.date)
        }
    }

    package func replaceVerifier(
        _ lease: LeaseID, with verifier: Verifier
    ) async -> Result<Void, EngineFailure> {
        await shielded { [self] in
            let member = GuardMembers.ReplaceVerifier(
                lease: lease.rawValue, plugin: verifier.plugin, verifier: verifier.text)
            return await writer.call(.replaceVerifier, [member], by: deadline)[0].map { _ in }
        }
    }

    private static func issued(_ row: MariaDBRow) throws(MariaDBError) -> IssuedRole {
        IssuedRole(oid: nil, validUntil: try date(row))
    }

    /// The register's row of each lease; nil for a lease that isn't in it.
    func find(
        _ leases: [LeaseID], by deadline: ContinuousClock.Instant
    ) async -> [Result<MariaDBRow?, EngineFailure>] {
        await asker.call(.find, leases.map(GuardMembers.Lease.init), by: deadline).map { answer in
            switch answer {
            case .success(let row): .success(row)
            case .failure(let failure) where failure.code == GuardCode.notOurs?.code: .success(nil)
            case .failure(let failure): .failure(failure)
            }
        }
    }
}

extension Result where Success == MariaDBRow, Failure == EngineFailure {
    fileprivate var isUnknown: Bool {
        if case .failure(let failure) = self { failure.kind == .outcomeUnknown } else { false }
    }

    /// The call was lost, or an error of the server broke it off.
    fileprivate var mayBeHalfDone: Bool {
        guard case .failure(let failure) = self else { return false }
        switch failure.kind {
        case .outcomeUnknown, .serverError, .overloaded: return true
        // An answer that cannot be read has no code: the accounts may well have been made.
        case .guardUnusable: return failure.code == nil
        case .unreachable, .notAuthenticated, .refusedByGuard, .tooMany, .readOnly, .invalid, .replica:
            return false
        }
    }
}

extension MariaDBRow {
    /// How register and server agree; empty without the column.
    var standing: String {
        do throws(MariaDBError) {
            return try optionalString("standing") ?? ""
        } catch {
            return ""
        }
    }
}
