import MayflyCore
import SQLClients

extension PostgreSQLEngine {
    /// Takes away what hangs on roles, in the databases where something does. What a role owns is given on where its
    /// profile says so and it is plainly safe; with anything else the role stays locked, with the list.
    func clean(_ batch: inout Revocation, _ indices: [Int]) async {
        guard !indices.isEmpty else { return }
        let answers = await caller.call(.hanging, batch.leases(indices), by: deadline)
        let texts = PostgreSQLCaller.read(answers) { (row) throws(PostgreSQLError) in
            try row.string("hanging")
        }
        var places: [String: [Int]] = [:]
        var owners: [Int: HangingEntry] = [:]
        for (index, text) in zip(indices, texts) {
            do throws(EngineFailure) {
                let all = try HangingEntry.list(try text.get())
                let entries = all.filter { $0.owner == nil }
                if let obstacle = try obstacle(entries, role: batch.members[index].reference.role) {
                    batch.keepLocked(index, obstacle)
                    continue
                }
                owners[index] = all.first { $0.owner != nil }
                // What belongs to no database goes with what does, from any of them.
                for database in Set(entries.map { $0.database ?? definition.database }) {
                    places[database, default: []].append(index)
                }
            } catch {
                batch.fail(index, error)
            }
        }
        await lookWhatIsLeft(&batch, owners)
        // Where one takes over, also what an earlier attempt gave on is asked for, which may have been cut off before
        // it was told.
        let givers = indices.filter {
            direct == nil && batch.members[$0].outcome == nil && batch.members[$0].reference.taker != nil
        }
        guard !places.isEmpty || !givers.isEmpty else { return }
        let oids = await oids(&batch, Array(Set(places.values.joined()).union(givers)))
        for database in givers.isEmpty ? [] : cleanupPools.keys.sorted() {
            await giveOn(&batch, in: database, givers.filter { batch.members[$0].outcome == nil }, oids)
        }
        for (database, indices) in places.sorted(by: { $0.key < $1.key }) {
            let known = indices.filter { oids[$0] != nil && batch.members[$0].outcome == nil }
            await clean(&batch, in: database, known, oids)
        }
    }

    /// What clean-up cannot or may not deal with.
    private func obstacle(
        _ entries: [HangingEntry], role: RoleName
    ) throws(EngineFailure) -> Lease.Obstacle? {
        let lines = entries.map(\.line)
        let prepared = entries.filter(\.isPrepared)
        if !prepared.isEmpty {
            var statements: [String] = []
            for entry in prepared {
                guard let database = entry.database, let statement = entry.statement else { continue }
                statements.append("\\connect \(try PostgreSQLQuoting.identifier(database))")
                // A leaser chose the name: one with a line break in it could pass for a statement of its own.
                statements.append(
                    statement.contains(where: \.isNewline)
                        ? "SELECT format('ROLLBACK PREPARED %L', gid) FROM pg_prepared_xacts WHERE owner ="
                            + " \(try PostgreSQLQuoting.literal(role.rawValue)) \\gexec"
                        : "\(statement);")
            }
            return .init(
                message: "the role has prepared transactions, which only a DBA can end", hanging: lines,
                statement: statements.joined(separator: "\n"))
        }
        let name = try PostgreSQLQuoting.identifier(role.rawValue)
        if entries.contains(where: { $0.isOwnership && $0.database == nil }) {
            return .init(
                message: "the role owns a database, a tablespace or a subscription", hanging: lines,
                statement: "REASSIGN OWNED BY \(name) TO …;")
        }
        let unlisted = Set(entries.compactMap(\.database)).filter { cleanupPools[$0] == nil }.sorted()
        guard !unlisted.isEmpty else { return nil }
        var statements: [String] = []
        for database in unlisted {
            statements.append("\\connect \(try PostgreSQLQuoting.identifier(database))")
            if entries.contains(where: { $0.isOwnership && $0.database == database }) {
                statements.append(
                    "REASSIGN OWNED BY \(name) TO …;  -- look first at what it is: functions run with their owner's rights"
                )
            }
            statements.append("DROP OWNED BY \(name) RESTRICT;")
        }
        return .init(
            message:
                "something hangs on the role in \(unlisted.map { $0.quoted() }.joined(separator: ", ")), which"
                + " \(unlisted.count == 1 ? "is" : "are") not listed under `also`",
            hanging: lines, statement: statements.joined(separator: "\n"))
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
        guard let pool = cleanupPools[database], !indices.isEmpty else { return }
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
                batch.keepLocked(index, try owning(objects, database, batch.members[index].reference))
            } catch {
                if let obstacle = Self.obstacle(error, in: database) {
                    batch.keepLocked(index, obstacle)
                } else {
                    batch.fail(index, error)
                }
            }
        }
    }

    /// A failure of the clean-up module's that a DBA has to do something about; nil for one that may pass.
    private static func obstacle(_ failure: EngineFailure, in database: String) -> Lease.Obstacle? {
        switch failure.kind {
        case .guardUnusable, .notAuthenticated:
            return .init(
                message: "the clean-up module cannot be used in \(database.quoted()): \(failure.message)",
                statement: "psql -d DATABASE -f FILE, with the output of `mayflyd guard print`")
        case .refusedByGuard where failure.code == GuardCode.foreignCode?.code:
            // The guard gives the statement on a line of its own.
            let parts = failure.message.split(separator: "\n", maxSplits: 1).map(String.init)
            return .init(
                message: "in \(database.quoted()) \(parts[0])",
                statement: parts.count < 2
                    ? nil : "\\connect \(GuardInspection.grantee(database))\n\(parts[1])")
        case .unreachable, .outcomeUnknown, .refusedByGuard, .tooMany, .overloaded, .readOnly, .replica,
            .serverError, .invalid:
            return nil
        }
    }

    private func owning(
        _ objects: [OwnedObject], _ database: String, _ reference: RoleReference
    ) throws(EngineFailure) -> Lease.Obstacle {
        var statements = ["\\connect \(try PostgreSQLQuoting.identifier(database))"]
        for object in objects {
            if let statement = try object.statement(taker: reference.taker) { statements.append(statement) }
        }
        if statements.count <= objects.count {
            statements.append(
                "REASSIGN OWNED BY \(try PostgreSQLQuoting.identifier(reference.role.rawValue)) TO …;"
                    + "  -- look first at what it is: functions run with their owner's rights")
        }
        return .init(
            message: "the role owns objects in \(database.quoted()); none of them is dropped",
            hanging: objects.map { $0.line(in: database) }, statement: statements.joined(separator: "\n"))
    }
}
