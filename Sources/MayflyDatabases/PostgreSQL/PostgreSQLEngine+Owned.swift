import MayflyCore
import SQLClients

/// What roles own, and what was made in the name of their owners.
extension PostgreSQLEngine {
    /// Gives on what roles own in `database`, to whom their profiles say. The guard decides what is plain enough, and
    /// whether it may go there; what stays is for `clean` to list.
    func giveOn(
        _ batch: inout Revocation, in database: String, _ indices: [Int], _ oids: [Int: UInt32]
    ) async {
        guard let pool = cleanupPools[database] else { return }
        var givers: [Int] = []
        var members: [GuardMembers.Reassign] = []
        for index in indices {
            let reference = batch.members[index].reference
            guard let taker = reference.taker, let oid = oids[index] else { continue }
            givers.append(index)
            members.append(
                GuardMembers.Reassign(
                    lease: reference.lease.rawValue, role: reference.role.rawValue, role_oid: oid,
                    owner: taker))
        }
        guard !members.isEmpty else { return }
        let answers = await PostgreSQLCaller(pool: pool).call(.reassign, members, by: deadline)
        let rows = PostgreSQLCaller.read(answers) { (row) throws(PostgreSQLError) in
            (given: try row.string("reassigned"), reason: try row.optionalString("message") ?? "")
        }
        for (index, row) in zip(givers, rows) {
            do throws(EngineFailure) {
                let (given, reason) = try row.get()
                let lines = try OwnedObject.list(given).map { $0.line(in: database) }
                // Asked for again, the guard tells all of them again.
                let known = Set(batch.members[index].remarks.reassigned)
                batch.members[index].remarks.reassigned += lines.filter { !known.contains($0) }
                if !reason.isEmpty { batch.members[index].notGivenOn = reason }
            } catch {
                batch.members[index].notGivenOn = "nothing was given on: \(error.message)"
            }
        }
    }

    /// Looks what the roles' owners have that is younger than the lease. It stays, and is put on record.
    ///
    /// - Parameter owners: the guard's `made_for`, by member.
    func lookWhatIsLeft(_ batch: inout Revocation, _ owners: [Int: HangingEntry]) async {
        guard !owners.isEmpty else { return }
        let indices = owners.keys.sorted()
        let members = indices.compactMap { index in
            owners[index].flatMap { entry in
                entry.owner.map {
                    GuardMembers.LeftBehind(
                        lease: batch.members[index].reference.lease.rawValue, owner: $0,
                        since: entry.since ?? "0")
                }
            }
        }
        for index in indices { batch.members[index].remarks.leftBehind = [] }
        for (database, pool) in cleanupPools.sorted(by: { $0.key < $1.key }) {
            let answers = await PostgreSQLCaller(pool: pool).call(.leftBehind, members, by: deadline)
            let texts = PostgreSQLCaller.read(answers) { (row) throws(PostgreSQLError) in
                try row.string("objects")
            }
            for (index, text) in zip(indices, texts) {
                let lines: [String]
                do throws(EngineFailure) {
                    lines = try OwnedObject.list(try text.get()).map { $0.line(in: database) }
                } catch {
                    // That it is not known what was left keeps nobody's access alive.
                    lines = ["not known in \(database): \(error.message)"]
                }
                batch.members[index].remarks.leftBehind += lines
            }
        }
    }
}
