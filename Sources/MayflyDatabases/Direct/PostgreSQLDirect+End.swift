import Foundation
import MayflyCore
import SQLClients

/// The end of a role, each step a transaction of its own, and what there is.
extension PostgreSQLDirect {
    func find<Member: GuardMember>(
        _ members: [Member], _ session: Session
    ) async throws(Failure) -> PostgreSQLRows {
        let existing = try await found(members.map(\.lease), session)
        return Self.rows(
            members.map { member in
                guard let found = existing[member.lease] else { return Self.unknown(member.lease) }
                return [
                    "role_oid": String(found.oid), "role": found.role, "standing": "live",
                    "valid_until_epoch": found.validUntil.map { String($0) },
                ]
            })
    }

    private static func unknown(_ lease: String) -> Columns {
        ["sqlstate": GuardCode.notOurs?.code, "message": "no role has the comment of lease \(lease)"]
    }

    /// Login off and memberships gone. Our account becomes a member of what is left, which has no privileges but its
    /// own any more: to end its sessions, and to take those away.
    func lock<Member: GuardMember>(
        _ members: [Member], _ session: Session
    ) async throws(Failure) -> PostgreSQLRows {
        let known = try await known(members.map(\.lease))
        let answers = try await transaction(session) { () async throws(Failure) in
            // Since 16 whoever grants a group to somebody holds the group until it commits, a batch of issues too.
            let patience = ContinuousClock.now + .seconds(2)
            let existing = try await found(members.map(\.lease), session)
            let memberships = try await memberships(of: existing.values.map(\.oid), session)
            return try await each(members, session) { (member) async throws(Failure) in
                guard let found = existing[member.lease] else {
                    guard known[member.lease] != nil, try await isGone(known[member.lease], session) else {
                        throw Self.notOurs(member.lease)
                    }
                    return ["state": "gone"]
                }
                let name = try identifier(found.role)
                var held: ServerReport?
                var isBare = true
                let left = max(patience - ContinuousClock.now, .milliseconds(10))
                try await session.query("SET LOCAL lock_timeout = \(Int(left / .milliseconds(1)))")
                for statement in memberships[found.oid] ?? [] {
                    // What somebody else granted may not be ours to take (since 16); it goes with the role.
                    guard let report = try await attempt(statement, session) else { continue }
                    isBare = false
                    if report.sqlState == .lockNotAvailable { held = report }
                }
                try await session.query("SET LOCAL lock_timeout = '100ms'")
                // What was taken stays taken: an error thrown here would give it back.
                if let report = try await attempt("ALTER ROLE \(name) NOLOGIN", session) {
                    return Self.failed(report)
                }
                if let held { return Self.failed(held) }
                // What it is still a member of would be ours with it: then its sessions and privileges are somebody
                // else's to end. Before 16 there is no other way, and nothing that CREATEROLE could not do anyway.
                let isNew = await session.connection.server.majorVersion >= 16
                guard isBare || !isNew else { return ["state": "locked"] }
                let option = isNew ? " WITH INHERIT TRUE, SET FALSE" : ""
                _ = try await attempt("GRANT \(name) TO CURRENT_USER\(option)", session)
                return ["state": "locked"]
            }
        }
        return Self.rows(answers)
    }

    /// One statement that may fail alone.
    private func attempt(_ statement: String, _ session: Session) async throws(Failure) -> ServerReport? {
        do throws(Failure) {
            try await session.run(script: "SAVEPOINT one; \(statement); RELEASE SAVEPOINT one")
            return nil
        } catch {
            guard case .server(let report) = error else { throw error }
            try await session.run(script: "ROLLBACK TO SAVEPOINT one; RELEASE SAVEPOINT one")
            return report
        }
    }

    /// No role has the name that the lease's had, and none its OID: it may have been renamed.
    private func isGone(_ entry: DirectRegister.Entry?, _ session: Session) async throws(Failure) -> Bool {
        guard let entry else { return false }
        return try await session.query(
            "SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = $1 OR oid = $2::oid",
            [entry.reference.role.rawValue, entry.oid.map { String($0) }]
        ).isEmpty
    }

    /// The statements that take away what roles are members of, and who is a member of them (before 16 a role may grant
    /// itself away); not our own hold on them.
    private func memberships(of oids: [UInt32], _ session: Session) async throws(Failure) -> [UInt32:
        [String]]
    {
        let statement = """
            SELECT x.about::text AS oid, pg_catalog.format('REVOKE %s FROM %s%s', x.roleid::regrole, x.member::regrole,
                   CASE WHEN current_setting('server_version_num')::int >= 160000
                        THEN pg_catalog.format(' GRANTED BY %s CASCADE', x.grantor::regrole) ELSE '' END) AS statement
              FROM (SELECT m.member AS about, m.* FROM pg_catalog.pg_auth_members m WHERE m.member = ANY ($1::oid[])
                     UNION
                    SELECT m.roleid, m.* FROM pg_catalog.pg_auth_members m
                     WHERE m.roleid = ANY ($1::oid[]) AND m.member <> current_user::regrole::oid) AS x
            """
        var result: [UInt32: [String]] = [:]
        for row in try await session.query(statement, [Self.array(oids)]) {
            result[try Self.oid(row), default: []].append(try row.string("statement"))
        }
        return result
    }

    static func array(_ oids: [UInt32]) -> String {
        "{" + oids.map { String($0) }.joined(separator: ",") + "}"
    }

    // MARK: Sessions

    /// How many sessions roles have. A session of a role that was dropped still has its OID, and no name.
    func sessions(of oids: [UInt32], _ session: Session) async throws(Failure) -> [UInt32: Int] {
        guard !oids.isEmpty else { return [:] }
        let statement = """
            SELECT a.usesysid::text AS oid, count(*) AS sessions
              FROM pg_catalog.pg_stat_activity a LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.usesysid
             WHERE a.usesysid = ANY ($1::oid[]) AND (r.oid IS NULL OR starts_with(r.rolname::text, $2))
             GROUP BY a.usesysid
            """
        // In a transaction it is looked at once.
        try await session.query("SELECT pg_stat_clear_snapshot()")
        var result: [UInt32: Int] = [:]
        for row in try await session.query(statement, [Self.array(oids), rolePrefix]) {
            result[try Self.oid(row)] = try row.int("sessions")
        }
        return result
    }

    /// Writes nothing, so it works on a standby.
    func terminate<Member: GuardMember>(
        _ members: [Member], _ session: Session
    ) async throws(Failure) -> PostgreSQLRows {
        let existing = try await found(members.map(\.lease), session)
        let known = try await known(members.map(\.lease))
        func oid(_ member: Member) -> UInt32? { existing[member.lease]?.oid ?? known[member.lease]?.oid }
        var left = try await sessions(of: members.compactMap(oid), session)
        var answers: [Columns] = []
        for member in members {
            guard let oid = oid(member) else {
                answers.append(
                    known[member.lease] == nil
                        ? Self.unknown(member.lease) : ["terminated": "0", "remaining": "0"])
                continue
            }
            guard left[oid] != nil else {
                answers.append(["terminated": "0"])
                continue
            }
            answers.append(try await told(oid, session))
        }
        for _ in 1...10 where !left.isEmpty {
            // Cancelled: look sooner.
            try? await ContinuousClock().sleep(for: .milliseconds(10))
            left = try await sessions(of: Array(left.keys), session)
        }
        for (index, member) in members.enumerated() where answers[index]["terminated"] != nil {
            answers[index]["remaining"] = String(oid(member).flatMap { left[$0] } ?? 0)
        }
        return Self.rows(answers)
    }

    private func told(_ oid: UInt32, _ session: Session) async throws(Failure) -> Columns {
        do throws(Failure) {
            let row = try await session.query(
                """
                SELECT count(*) FILTER (WHERE pg_terminate_backend(a.pid)) AS told
                  FROM pg_catalog.pg_stat_activity a WHERE a.usesysid = $1::oid
                """, [String(oid)]
            ).only()
            return ["terminated": try row.string("told")]
        } catch {
            guard case .server(let report) = error else { throw error }
            return Self.failed(report)
        }
    }

    // MARK: What hangs on roles

    func runRevocationStatements(
        of entry: DirectRegister.Entry, on session: Session
    ) async throws(Failure) {
        let groups = try entry.groups.map { (group) throws(Failure) in try identifier(group) }
        let values: [StatementTemplate.Place: String] = [
            .name: try identifier(entry.reference.role.rawValue), .group: groups.joined(separator: ", "),
        ]
        try await transaction(session) { () async throws(Failure) in
            // A name alone is no proof.
            let lease = entry.reference.lease.rawValue
            guard try await found([lease], session)[lease]?.role == entry.reference.role.rawValue else {
                return
            }
            try await runRaw(entry.revocationStatements, values, session)
        }
    }

    func hanging<Member: GuardMember>(
        _ members: [Member], _ session: Session
    ) async throws(Failure) -> PostgreSQLRows {
        let existing = try await found(members.map(\.lease), session)
        let hanging = try await dependents(of: existing.values.map(\.oid), session)
        let known = try await known(members.map(\.lease))
        return Self.rows(
            members.map { member in
                if let found = existing[member.lease] { return ["hanging": hanging[found.oid] ?? "[]"] }
                return known[member.lease] == nil ? Self.unknown(member.lease) : ["hanging": "[]"]
            })
    }

    /// As the guard says it: [{database, kind, count}], and prepared transactions with the statement for a DBA.
    private func dependents(of oids: [UInt32], _ session: Session) async throws(Failure) -> [UInt32: String] {
        let statement = """
            SELECT x.oid::text AS oid, pg_catalog.jsonb_agg(x.entry)::text AS hanging FROM (
                SELECT s.refobjid AS oid,
                       pg_catalog.jsonb_build_object('database', d.datname, 'kind', k.kind, 'count', count(*)) AS entry
                  FROM pg_catalog.pg_shdepend s LEFT JOIN pg_catalog.pg_database d ON d.oid = s.dbid,
                       LATERAL (SELECT CASE WHEN s.classid = 'pg_catalog.pg_default_acl'::regclass THEN 'default_acl'
                            ELSE CASE s.deptype WHEN 'o' THEN 'owner' WHEN 'a' THEN 'acl' WHEN 'r' THEN 'policy'
                                                WHEN 'i' THEN 'initacl' ELSE s.deptype::text END END) AS k (kind)
                 WHERE s.refclassid = 'pg_catalog.pg_authid'::regclass AND s.refobjid = ANY ($1::oid[])
                 GROUP BY s.refobjid, d.datname, k.kind
                 UNION ALL
                SELECT r.oid, pg_catalog.jsonb_build_object('database', p.database, 'kind', 'prepared', 'count', 1, 'gid', p.gid,
                                                 'statement', 'ROLLBACK PREPARED ' || pg_catalog.quote_literal(p.gid))
                  FROM pg_catalog.pg_prepared_xacts p JOIN pg_catalog.pg_roles r ON r.rolname = p.owner
                 WHERE r.oid = ANY ($1::oid[])) AS x
             GROUP BY x.oid
            """
        var result: [UInt32: String] = [:]
        guard !oids.isEmpty else { return result }
        for row in try await session.query(statement, [Self.array(oids)]) {
            result[try Self.oid(row)] = try row.string("hanging")
        }
        return result
    }

    /// In the database that the session is in. What the role owns is never touched; privileges that somebody else
    /// granted may stay (a superuser's DROP OWNED would take them), and then so does the role.
    func clean(_ members: [GuardMembers.Clean], _ session: Session) async throws(Failure) -> PostgreSQLRows {
        let answers = try await transaction(session) { () async throws(Failure) in
            let existing = try await found(members.map(\.lease), session)
            let inUse = try await sessions(of: existing.values.map(\.oid), session)
            let hanging = try await dependents(of: existing.values.map(\.oid), session)
            return try await each(members, session) { (member) async throws(Failure) in
                guard let found = existing[member.lease], found.oid == member.role_oid,
                    found.role == member.role
                else { return ["state": "clean", "owned": "[]"] }
                guard !found.canLogIn, inUse[found.oid] == nil, try !isPrepared(hanging[found.oid]) else {
                    throw Self.refusal(
                        GuardCode.stillInUse,
                        "role \(found.role) can still log in, or has sessions or prepared transactions")
                }
                let owned = try await owned(by: found.oid, session)
                // Only who has the role's privileges may take them away: where there are none, nobody has to.
                if owned == "[]", hanging[found.oid] != nil {
                    try await session.query("DROP OWNED BY \(try identifier(found.role)) RESTRICT")
                }
                return ["state": owned == "[]" ? "clean" : "owns", "owned": owned]
            }
        }
        return Self.rows(answers)
    }

    private func isPrepared(_ hanging: String?) throws(Failure) -> Bool {
        try Self.quoted { () throws(EngineFailure) in
            try HangingEntry.list(hanging ?? "[]").contains(where: \.isPrepared)
        }
    }

    private func owned(by oid: UInt32, _ session: Session) async throws(Failure) -> String {
        let statement = """
            SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('kind', o.type, 'identity', o.identity)), '[]')::text AS owned
              FROM (SELECT i.type, i.identity
                      FROM pg_catalog.pg_shdepend s JOIN pg_catalog.pg_database d ON d.oid = s.dbid,
                           LATERAL pg_catalog.pg_identify_object(s.classid, s.objid, s.objsubid) i
                     WHERE s.refclassid = 'pg_catalog.pg_authid'::regclass AND s.refobjid = $1::oid AND s.deptype = 'o'
                       AND d.datname = current_database() AND s.classid <> 'pg_catalog.pg_default_acl'::regclass
                     LIMIT 100) AS o
            """
        return try await session.query(statement, [String(oid)]).only().string("owned")
    }

    func drop<Member: GuardMember>(
        _ members: [Member], _ session: Session
    ) async throws(Failure) -> PostgreSQLRows {
        let answers = try await transaction(session) { () async throws(Failure) in
            try await session.query("SET LOCAL lock_timeout = '100ms'")
            let existing = try await found(members.map(\.lease), session)
            let known = try await known(members.map(\.lease))
            let oids = members.compactMap { existing[$0.lease]?.oid ?? known[$0.lease]?.oid }
            let inUse = try await sessions(of: oids, session)
            let hanging = try await dependents(of: existing.values.map(\.oid), session)
            return try await each(members, session) { (member) async throws(Failure) in
                let oid = existing[member.lease]?.oid ?? known[member.lease]?.oid
                guard existing[member.lease]?.canLogIn != true, oid.flatMap({ inUse[$0] }) == nil else {
                    throw Self.refusal(GuardCode.stillInUse, "the role can still log in or has sessions")
                }
                guard let found = existing[member.lease] else {
                    if let entry = known[member.lease], try await !isGone(entry, session) {
                        throw Self.notOurs(member.lease)
                    }
                    return ["state": "gone"]
                }
                if try isPrepared(hanging[found.oid]) {
                    throw Self.refusal(.dependentObjectsStillExist, hanging[found.oid] ?? "")
                }
                do throws(Failure) {
                    try await session.query("DROP ROLE \(try identifier(found.role))")
                } catch {
                    // What depends on it stands in the detail.
                    guard case .server(let report) = error, report.sqlState == .dependentObjectsStillExist
                    else {
                        throw error
                    }
                    throw Self.refusal(report.sqlState, report.detail ?? "")
                }
                return ["state": "dropped"]
            }
        }
        for (member, answer) in zip(members, answers) where answer["state"] != nil {
            if let lease = LeaseID(rawValue: member.lease) { register.end(lease) }
        }
        return Self.rows(answers)
    }
}
