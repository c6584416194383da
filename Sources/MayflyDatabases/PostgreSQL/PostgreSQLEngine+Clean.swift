import MayflyCore
import SQLClients

extension PostgreSQLEngine {
    /// Takes away what hangs on roles, in the databases where something does. Owned objects are never touched: such a
    /// role stays locked, with the list.
    func clean(_ batch: inout Revocation, _ indices: [Int]) async {
        guard !indices.isEmpty else { return }
        let answers = await caller.call(.hanging, batch.leases(indices), by: deadline)
        let texts = PostgreSQLCaller.read(answers) { (row) throws(PostgreSQLError) in
            try row.string("hanging")
        }
        var places: [String: [Int]] = [:]
        for (index, text) in zip(indices, texts) {
            do throws(EngineFailure) {
                let entries = try HangingEntry.list(try text.get())
                if let obstacle = try obstacle(entries, role: batch.members[index].reference.role) {
                    batch.keepLocked(index, obstacle)
                    continue
                }
                // What belongs to no database goes with what does, from any of them.
                for database in Set(entries.map { $0.database ?? definition.database }) {
                    places[database, default: []].append(index)
                }
            } catch {
                batch.fail(index, error)
            }
        }
        guard !places.isEmpty else { return }
        let oids = await oids(&batch, Array(Set(places.values.joined())))
        for (database, indices) in places.sorted(by: { $0.key < $1.key }) {
            await clean(&batch, in: database, indices.filter { oids[$0] != nil }, oids)
        }
    }

    /// What clean-up cannot or may not deal with.
    private func obstacle(
        _ entries: [HangingEntry], role: RoleName
    ) throws(EngineFailure) -> Lease.Obstacle? {
        let lines = entries.map(\.line)
        let prepared = entries.filter(\.isPrepared)
        if let first = prepared.first {
            return .init(
                message: "the role has prepared transactions, which only a DBA can end", hanging: lines,
                statement: first.statement)
        }
        let name = try PostgreSQLQuoting.identifier(role.rawValue)
        if entries.contains(where: { $0.isOwnership && $0.database == nil }) {
            return .init(
                message: "the role owns a database or a tablespace", hanging: lines,
                statement: "REASSIGN OWNED BY \(name) TO …;")
        }
        let unlisted = Set(entries.compactMap(\.database)).filter { cleanupPools[$0] == nil }.sorted()
        guard let first = unlisted.first else { return nil }
        return .init(
            message: "something hangs on the role in \(first.quoted()), which is not listed under `also`",
            hanging: lines,
            statement: "\\connect \(try PostgreSQLQuoting.identifier(first))\nDROP OWNED BY \(name) RESTRICT;"
                + "  -- after REASSIGN OWNED BY \(name) TO …, if it owns anything there")
    }

    private func oids(_ batch: inout Revocation, _ indices: [Int]) async -> [Int: UInt32] {
        var result: [Int: UInt32] = [:]
        let found = await find(indices.map { batch.members[$0].reference.lease }, by: deadline)
        for (index, answer) in zip(indices, found) {
            do throws(EngineFailure) {
                guard let row = try answer.get() else { continue }
                do throws(PostgreSQLError) {
                    result[index] = UInt32(try row.string("role_oid"))
                } catch {
                    throw EngineFailure(error)
                }
            } catch {
                batch.fail(index, error)
            }
        }
        return result
    }

    private func clean(
        _ batch: inout Revocation, in database: String, _ indices: [Int], _ oids: [Int: UInt32]
    ) async {
        guard let pool = cleanupPools[database] else { return }
        let members = indices.compactMap { index in
            oids[index].map {
                GuardMembers.Clean(
                    lease: batch.members[index].reference.lease.rawValue,
                    role: batch.members[index].reference.role.rawValue, role_oid: $0)
            }
        }
        let answers = await PostgreSQLCaller(pool: pool, direct: direct).call(.clean, members, by: deadline)
        let rows = PostgreSQLCaller.read(answers) { (row) throws(PostgreSQLError) in
            (state: try row.optionalString("state"), owned: try row.optionalString("owned") ?? "[]")
        }
        for (index, row) in zip(indices, rows) {
            do throws(EngineFailure) {
                let (state, owned) = try row.get()
                if state == "clean" { continue }
                let objects = try OwnedObject.list(owned)
                batch.keepLocked(index, try owning(objects, database, batch.members[index].reference.role))
            } catch {
                switch error.kind {
                case .guardUnusable, .notAuthenticated:
                    batch.keepLocked(
                        index,
                        .init(
                            message:
                                "the clean-up module cannot be used in \(database.quoted()): \(error.message)",
                            statement: "psql -d DATABASE -f FILE, with the output of `mayflyd guard print`"))
                case .unreachable, .outcomeUnknown, .refusedByGuard, .tooMany, .overloaded, .readOnly,
                    .replica,
                    .serverError, .invalid:
                    batch.fail(index, error)
                }
            }
        }
    }

    private func owning(
        _ objects: [OwnedObject], _ database: String, _ role: RoleName
    ) throws(EngineFailure) -> Lease.Obstacle {
        let name = try PostgreSQLQuoting.identifier(role.rawValue)
        return .init(
            message: "the role owns objects in \(database.quoted()); nothing of them is touched",
            hanging: objects.map { "\($0.kind) \($0.identity) in \(database)" },
            statement:
                "\\connect \(try PostgreSQLQuoting.identifier(database))\nREASSIGN OWNED BY \(name) TO …;")
    }
}
