import Foundation
import MayflyCore
import SQLClients

/// The end of an account, each statement committed by itself, and what there is.
extension MariaDBDirect {
    func find<Member: GuardMember>(
        _ members: [Member], _ session: Session
    ) async throws(Failure) -> MariaDBRows {
        let known = try await known(members.map(\.lease), session)
        return Self.rows(
            members.map { member in
                guard let own = known[member.lease] else { return Self.unknown(member.lease) }
                let isUnfinished = own.entry?.making.map { !$0.isComplete } ?? false
                return [
                    "role": own.role, "valid_until": own.validUntil.map { String($0) },
                    "standing": own.found == nil ? "ended" : isUnfinished ? "unfinished" : "live",
                ]
            })
    }

    func lock<Member: GuardMember>(
        _ members: [Member], _ session: Session
    ) async throws(Failure) -> MariaDBRows {
        let known = try await known(members.map(\.lease), session)
        var accounts: [Int: String] = [:]
        for (index, member) in members.enumerated() {
            if let found = known[member.lease]?.found, !found.isLocked {
                accounts[index] = try account(found)
            }
        }
        let failed = try await together(accounts, session) { "ALTER USER \($0) ACCOUNT LOCK" }
        return Self.rows(
            members.enumerated().map { index, member in
                if let report = failed[index] { return Self.failed(report) }
                guard let own = known[member.lease] else { return Self.unknown(member.lease) }
                return ["state": own.found == nil ? "gone" : "locked"]
            })
    }

    // MARK: Sessions

    func sessions(of roles: [String], _ session: Session) async throws(Failure) -> [String: [String]] {
        var result: [String: [String]] = [:]
        let statement = """
            SELECT p.ID AS id, p.USER AS role FROM information_schema.PROCESSLIST p WHERE FIND_IN_SET(p.USER, ?)
            """
        let wanted = Set(roles)
        for row in try await session.query(statement, [roles.joined(separator: ",")]) {
            let role = try row.string("role")
            if wanted.contains(role) { result[role, default: []].append(try row.string("id")) }
        }
        return result
    }

    /// By account name, so those that outlived DROP USER too. Writes nothing, so it works on a replica.
    func terminate<Member: GuardMember>(
        _ members: [Member], _ session: Session
    ) async throws(Failure) -> MariaDBRows {
        try await refusePowerless(of: ["PROCESS"], session)
        let known = try await known(members.map(\.lease), session)
        var left = try await sessions(of: known.values.map(\.role), session)
        var answers: [Columns] = []
        for member in members {
            guard let role = known[member.lease]?.role else {
                answers.append(Self.unknown(member.lease))
                continue
            }
            answers.append(
                try await Self.answered { () async throws(Failure) in
                    var told = 0
                    for id in left[role] ?? [] where try await kill(id, session) { told += 1 }
                    return ["terminated": String(told)]
                })
        }
        for _ in 1...10 where !left.isEmpty {
            // Cancelled: look sooner.
            try? await ContinuousClock().sleep(for: .milliseconds(10))
            left = try await sessions(of: Array(left.keys), session)
        }
        for (index, member) in members.enumerated() where answers[index]["terminated"] != nil {
            answers[index]["remaining"] = String(known[member.lease].flatMap { left[$0.role]?.count } ?? 0)
        }
        return Self.rows(answers)
    }

    /// - Returns: false when it had ended by itself.
    private func kill(_ id: String, _ session: Session) async throws(Failure) -> Bool {
        guard UInt64(id) != nil else { throw .unexpectedAnswer("a session's id is no number") }
        do throws(Failure) {
            // SOFT: see the guard for MariaDB.
            try await session.query("KILL \(isMySQL ? "" : "SOFT ")CONNECTION \(id)")
            return true
        } catch {
            guard case .server(let report) = error, report.number == MariaDBErrorNumber(rawValue: 1094) else {
                throw error
            }
            return false
        }
    }

    /// Without its rights our account sees no sessions and no views, and would take an account for free of them. What
    /// holds access back asks for as little as it can.
    private func refusePowerless(of rights: [String], _ session: Session) async throws(Failure) {
        let rows = try await session.query(
            """
            SELECT PRIVILEGE_TYPE AS privilege FROM information_schema.USER_PRIVILEGES
             WHERE GRANTEE = CONCAT('''', REPLACE(CURRENT_USER(), '@', '''@'''), '''')
            """)
        let held = Set(rows.compactMap { $0.values.first ?? nil })
        if let missing = rights.first(where: { !held.contains($0) }) {
            throw Self.refusal(GuardCode.powerless, "our account has not \(missing)")
        }
        // A connection keeps the global rights that it began with: this fails without PROCESS in force.
        try await session.query("SELECT COUNT(*) AS n FROM information_schema.INNODB_CMP")
    }

    // MARK: What hangs on accounts

    func hanging<Member: GuardMember>(
        _ members: [Member], _ session: Session
    ) async throws(Failure) -> MariaDBRows {
        try await refusePowerless(of: DirectAccount.globalRights(definition.engine), session)
        let known = try await known(members.map(\.lease), session)
        let defined = try await defined(known.values.map(\.role), session)
        return Self.rows(
            try members.map { (member) throws(Failure) in
                guard let own = known[member.lease] else { return Self.unknown(member.lease) }
                return ["hanging": try Self.hanging(defined[definer(own)] ?? [])]
            })
    }

    private static func hanging(_ objects: [[String: String]]) throws(Failure) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do { return String(decoding: try encoder.encode(objects), as: UTF8.self) } catch {
            throw .invalidValue("a list cannot be written as JSON")
        }
    }

    private func definer(_ own: Known) -> String {
        (own.role + "@" + (own.found?.host ?? definition.madeAccounts.host)).lowercased()
    }

    /// What names accounts of ours as its definer, and would fail or be an orphan without it; by `definer`.
    private func defined(
        _ roles: [String], _ session: Session
    ) async throws(Failure) -> [String: [[String: String]]] {
        let routines =
            isMySQL
            ? """
            SELECT r.DEFINER, r.ROUTINE_SCHEMA, LOWER(r.ROUTINE_TYPE), r.ROUTINE_NAME FROM information_schema.ROUTINES r
             UNION ALL
            SELECT e.DEFINER, e.EVENT_SCHEMA, 'event', e.EVENT_NAME FROM information_schema.EVENTS e
            """
            : """
            SELECT p.definer, p.db, LOWER(p.type), p.name FROM mysql.proc p
             UNION ALL
            SELECT e.definer, e.db, 'event', e.name FROM mysql.event e
            """
        let statement = """
            SELECT o.definer, o.db, o.kind, o.name
              FROM (SELECT v.DEFINER AS definer, v.TABLE_SCHEMA AS db, 'view' AS kind, v.TABLE_NAME AS name
                      FROM information_schema.VIEWS v WHERE v.TABLE_SCHEMA NOT IN ('mysql', 'sys')
                     UNION ALL
                    SELECT t.DEFINER, t.TRIGGER_SCHEMA, 'trigger', t.TRIGGER_NAME FROM information_schema.TRIGGERS t
                     UNION ALL
                    \(routines)) o
             WHERE FIND_IN_SET(SUBSTRING_INDEX(o.definer, '@', 1), ?) ORDER BY o.db, o.kind, o.name
            """
        var result: [String: [[String: String]]] = [:]
        for row in try await session.query(statement, [roles.joined(separator: ",")]) {
            result[try row.string("definer").lowercased(), default: []].append([
                "database": try row.string("db"), "kind": try row.string("kind"),
                "name": try row.string("name"),
            ])
        }
        return result
    }

    func drop<Member: GuardMember>(
        _ members: [Member], _ session: Session
    ) async throws(Failure) -> MariaDBRows {
        try await refusePowerless(of: DirectAccount.globalRights(definition.engine), session)
        let known = try await known(members.map(\.lease), session)
        let inUse = try await sessions(of: known.values.map(\.role), session)
        let isAnyThere = known.values.contains { $0.found != nil }
        let defined = isAnyThere ? try await defined(known.values.map(\.role), session) : [:]
        var answers: [Columns] = []
        var accounts: [Int: String] = [:]
        var bare: [Int: String] = [:]
        var kept: [Int: (found: Found, objects: [[String: String]])] = [:]
        for (index, member) in members.enumerated() {
            guard let own = known[member.lease] else {
                answers.append(Self.unknown(member.lease))
                continue
            }
            if own.found?.isLocked == false || inUse[own.role] != nil {
                answers.append([
                    "code": GuardCode.stillInUse?.code,
                    "message": "the role can still log in or has sessions",
                ])
                continue
            }
            guard let found = own.found else {
                answers.append(["state": "gone"])
                continue
            }
            if let objects = defined[definer(own)] {
                bare[index] = try account(found)
                kept[index] = (found, objects)
                answers.append(["state": "kept", "code": GuardCode.stillHanging?.code])
            } else {
                accounts[index] = try account(found)
                answers.append(["state": "dropped"])
            }
        }
        // What something hangs on is kept without any right: an event in its name can then do nothing.
        for (index, (found, objects)) in kept {
            let left = isMySQL ? try await takeRoles(of: found, session) : []
            answers[index]["message"] = try Self.hanging(objects + left)
        }
        for (index, report) in try await together(
            bare, session, { "REVOKE ALL PRIVILEGES, GRANT OPTION FROM \($0)" })
        {
            answers[index] = Self.failed(report)
        }
        for (index, report) in try await together(accounts, session, { "DROP USER IF EXISTS \($0)" }) {
            answers[index] = Self.failed(report)
        }
        for (member, answer) in zip(members, answers) where answer["code"] == nil {
            if let lease = LeaseID(rawValue: member.lease) { register.end(lease) }
        }
        return Self.rows(answers)
    }

    /// MySQL: REVOKE ALL leaves an account its roles.
    ///
    /// - Returns: those that are not ours to take, as `hanging` has them: somebody else gave them.
    private func takeRoles(of found: Found, _ session: Session) async throws(Failure) -> [[String: String]] {
        let roles = try await session.query(
            """
            SELECT e.FROM_USER AS role, e.FROM_HOST AS host FROM mysql.role_edges e WHERE e.TO_USER = ? AND e.TO_HOST = ?
             ORDER BY e.FROM_USER, e.FROM_HOST
            """, [found.role, found.host])
        var left: [[String: String]] = []
        for row in roles {
            let (role, host) = (try row.string("role"), try row.string("host"))
            let name = try Self.quoted { () throws(EngineFailure) in
                try MariaDBQuoting.account(role, host: host)
            }
            do throws(Failure) {
                try await session.query("REVOKE \(name) FROM \(try account(found))")
            } catch {
                guard case .server(let report) = error, report.number == .privilegeMissing else {
                    throw error
                }
                left.append([
                    "kind": "role", "name": role, "host": host, "account": "\(found.role)@\(found.host)",
                ])
            }
        }
        return left
    }

    func runRevocationStatements(
        of entry: DirectRegister.Entry, on session: Session
    ) async throws(Failure) {
        let lease = entry.reference.lease.rawValue
        guard let own = try await known([lease], session)[lease], let found = own.found,
            own.role == entry.reference.role.rawValue
        else { return }
        let groups = try entry.groups.map { (name) throws(Failure) in try group(name) }
        let values: [StatementTemplate.Place: String] = [
            .name: try account(found), .group: groups.joined(separator: ", "),
        ]
        try await runRaw(entry.revocationStatements, values, session)
    }
}
