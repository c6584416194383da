import Foundation
import MayflyCore
import MayflyCrypto
import SQLClients

extension PostgreSQLDirect {
    func issue(_ members: [GuardMembers.Issue], _ session: Session) async throws(Failure) -> PostgreSQLRows {
        let places = Places(register)
        defer { places.giveBack() }
        let answers: [Columns]
        do throws(Failure) {
            answers = try await transaction(session) { () async throws(Failure) in
                let now = try await moment(session)
                let existing = try await found(members.map(\.lease), session)
                let culprits = try await culprits(of: members.flatMap(\.groups), session)
                let allowed = try await settings(members.flatMap(\.settings.keys), session)
                return try await each(members, session) { (member) async throws(Failure) in
                    if let found = existing[member.lease] { return try repeated(member, found) }
                    try check(member, culprits, allowed)
                    try places.take(now.live)
                    let made = try await make(member, now: now.epoch, session)
                    places.made += 1
                    return made
                }
            }
        } catch {
            // Nothing of it was done, unless nobody knows: then the server is asked.
            if !error.isUnknownOutcome { for member in members { forget(member) } }
            throw error
        }
        for (member, answer) in zip(members, answers) where answer["sqlstate"] != nil {
            guard register.made(member.order.lease)?.making?.isComplete == false else { continue }
            // Raw SQL may have ended our transaction: then what it made before it failed is there.
            if !member.order.creationStatements.isEmpty {
                try await session.query("DROP ROLE IF EXISTS \(try identifier(member.role))")
            }
            forget(member)
        }
        return Self.rows(answers)
    }

    private func forget(_ member: GuardMembers.Issue) { register.forget(member.order.lease) }

    /// A member that was done before answers as it did then.
    private func repeated(_ member: GuardMembers.Issue, _ found: Found) throws(Failure) -> Columns {
        let making = register.made(member.order.lease)?.making
        let verifier = try Self.digest(member.order.verifier)
        guard found.role == member.role, found.canLogIn, let end = found.validUntil,
            making?.verifier == verifier
        else {
            throw Self.refusal(
                .duplicateObject, "the lease was issued before, with another role or verifier, or is over")
        }
        return ["role_oid": String(found.oid), "valid_until_epoch": String(end)]
    }

    private func check(
        _ member: GuardMembers.Issue, _ culprits: [String: String?], _ allowed: Set<String>
    ) throws(Failure) {
        try checkText(member.requester, "requester", most: 200)
        try checkText(member.reason, "reason", most: 2000)
        guard member.ttl_seconds <= definition.ceilings.maxTTL.seconds else {
            throw Self.refusal(
                SQLState("MF005"),
                "the TTL is over the ceiling of \(definition.ceilings.maxTTL.seconds) seconds")
        }
        for group in member.groups {
            guard let culprit = culprits[group] else {
                throw Self.refusal(SQLState("MF002"), "group \(group.quoted()) does not exist")
            }
            if let culprit { throw Self.powerful(culprit) }
        }
        for setting in member.settings.keys where !allowed.contains(setting) {
            throw Self.refusal(SQLState("MF010"), "setting \(setting.quoted()) is not allowed")
        }
    }

    static func powerful(_ culprit: String) -> Failure {
        refusal(SQLState("MF003"), "role \(culprit) has, or is reached with, a power no lease may have")
    }

    /// As the guard does: text that people will read, on one line.
    private func checkText(_ text: String, _ what: String, most: Int) throws(Failure) {
        let isHarmless = text.unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator, .surrogate, .format: false
            default: true
            }
        }
        guard isHarmless, text.unicodeScalars.count <= most else {
            throw Self.refusal(
                GuardCode.malformed, "the \(what) is longer than \(most) or has control characters")
        }
    }

    /// The server's clock, and how many roles of ours there are.
    private func moment(_ session: Session) async throws(Failure) -> (epoch: Double, live: Int) {
        let row: PostgreSQLRow
        do throws(Failure) {
            row = try await session.query(
                """
                SELECT extract(epoch FROM clock_timestamp())::text AS now, pg_is_in_recovery() AS standby, current_user,
                       (SELECT count(*) FROM pg_catalog.pg_roles r WHERE starts_with(r.rolname::text, $1)) AS live
                """, [rolePrefix]
            ).only()
        } catch {
            // A connection outlives its role, which then has no name.
            guard case .server(let report) = error, report.sqlState == .undefinedObject else { throw error }
            throw Self.refusal(.insufficientPrivilege, "our account does not exist any more")
        }
        guard try !row.bool("standby") else {
            throw Self.refusal(GuardCode.readOnly, "this server is read-only")
        }
        return (try row.double("now"), try row.int("live"))
    }

    /// Groups that exist, each with what makes it unfit: as the guard judges, neither it nor what is above it may hold a
    /// power that outlives or exceeds a lease.
    func culprits(of groups: [String], _ session: Session) async throws(Failure) -> [String: String?] {
        let names = Set(groups).filter { (1...63).contains($0.utf8.count) && !$0.utf8.contains(0) }.sorted()
        guard !names.isEmpty else { return [:] }
        let list = try Self.quoted { () throws(EngineFailure) in try GuardMembers.json(names) }
        let statement = """
            WITH RECURSIVE up (name, oid, admin) AS (
                SELECT r.rolname, r.oid, false FROM pg_catalog.pg_roles r
                  JOIN pg_catalog.jsonb_array_elements_text($1::jsonb) AS a (name) ON a.name = r.rolname::text
                 UNION
                SELECT up.name, m.roleid, m.admin_option
                  FROM up JOIN pg_catalog.pg_auth_members m ON m.member = up.oid)
            SELECT up.name, min(r.rolname::text) FILTER (
                       WHERE r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR r.rolbypassrls
                          OR r.oid < 16384 OR up.admin OR r.rolname = current_user) AS culprit
              FROM up JOIN pg_catalog.pg_roles r ON r.oid = up.oid GROUP BY up.name
            """
        var result: [String: String?] = [:]
        for row in try await session.query(statement, [list]) {
            result[try row.string("name")] = .some(try row.optionalString("culprit"))
        }
        return result
    }

    /// What a session may set for itself anyway, as the guard has it.
    private func settings(_ names: [String], _ session: Session) async throws(Failure) -> Set<String> {
        guard !names.isEmpty else { return [] }
        let list = try Self.quoted { () throws(EngineFailure) in try GuardMembers.json(Set(names).sorted()) }
        let statement = """
            SELECT s.name FROM pg_catalog.pg_settings s
             WHERE s.name IN (SELECT pg_catalog.jsonb_array_elements_text($1::jsonb)) AND s.context = 'user'
               AND s.name NOT IN ('role', 'session_authorization') AND s.name NOT LIKE '%libraries'
            """
        var allowed: Set<String> = []
        for row in try await session.query(statement, [list]) { allowed.insert(try row.string("name")) }
        return allowed
    }

    // MARK: Making

    private func make(
        _ member: GuardMembers.Issue, now: Double, _ session: Session
    ) async throws(Failure) -> Columns {
        let end = now + Double(member.ttl_seconds)
        do throws(CryptoFailure) {
            try register.begin(member.order, createdAt: now, validUntil: end)
        } catch {
            throw .invalidValue(error.description)
        }
        let name = try identifier(member.role)
        let until = try literal(Self.timestamp(end))
        let raw = member.order.creationStatements
        var script = ""
        if try makesRole(raw) {
            try await runCreation(member, end: end, session)
            // Whatever they say, the server ends it too.
            script = "ALTER ROLE \(name) VALID UNTIL \(until);\n"
        } else {
            let groups = try member.groups.map { (group) throws(Failure) in try identifier(group) }
            // Since 16: the group's privileges, but not SET ROLE to it, which would leave objects in its name.
            let option =
                await session.connection.server.majorVersion >= 16 ? " WITH INHERIT TRUE, SET FALSE" : ""
            script = """
                CREATE ROLE \(name) LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS INHERIT
                    CONNECTION LIMIT \(member.connection_limit) PASSWORD \(try literal(member.verifier))
                    VALID UNTIL \(until);
                GRANT \(groups.joined(separator: ", ")) TO \(name)\(option);

                """
            if !raw.isEmpty {
                try await session.run(script: script)
                script = ""
                try await runCreation(member, end: end, session)
            }
        }
        let comment = comment(lease: member.lease, validUntil: end, requester: member.requester)
        script += "COMMENT ON ROLE \(name) IS \(try literal(comment));\n"
        for (setting, value) in member.settings.sorted(by: { $0.key < $1.key }) {
            script +=
                "ALTER ROLE \(name) SET \(try identifier(setting)) TO \(try settingValue(setting, value));\n"
        }
        script += """
            SELECT r.oid::text AS oid, extract(epoch FROM r.rolvaliduntil)::text AS valid_until
              FROM pg_catalog.pg_roles r WHERE r.rolname = \(try literal(member.role))
            """
        let row = try await session.run(script: script).only()
        let validUntil = try row.double("valid_until")
        register.complete(member.order.lease, oid: try Self.oid(row), validUntil: validUntil)
        return ["role_oid": try row.string("oid"), "valid_until_epoch": try row.string("valid_until")]
    }

    private func settingValue(_ setting: String, _ value: String) throws(Failure) -> String {
        try checkText(value, "value of \(setting)", most: 1000)
        guard ["search_path", "temp_tablespaces"].contains(setting) else { return try literal(value) }
        let names = value.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        return try names.map { (name) throws(Failure) in try literal(name) }.joined(separator: ", ")
    }

    private func makesRole(_ statements: [String]) throws(Failure) -> Bool {
        do throws(StatementTemplate.Problem) { return try Self.makesRole(statements, .postgresql) } catch {
            throw Self.refusal(GuardCode.malformed, error.message)
        }
    }

    /// A profile's raw SQL, in place of our own CREATE ROLE and GRANT or after them. What it made is looked at: it must
    /// be a role without powers.
    private func runCreation(
        _ member: GuardMembers.Issue, end: Double, _ session: Session
    ) async throws(Failure) {
        let groups = try member.groups.map { (group) throws(Failure) in try identifier(group) }
        let values: [StatementTemplate.Place: String] = [
            .name: try identifier(member.role), .verifier: try literal(member.verifier),
            .expiration: try literal(Self.timestamp(end)), .group: groups.joined(separator: ", "),
        ]
        try await runRaw(member.order.creationStatements, values, session)
        guard let culprit = try await culprits(of: [member.role], session)[member.role] else {
            throw Self.refusal(
                GuardCode.malformed, "creation_statements did not make the role \(member.role)")
        }
        if let culprit { throw Self.powerful(culprit) }
    }

    /// One at a time, by the extended protocol, which takes no second one behind a semicolon.
    func runRaw(
        _ statements: [String], _ values: [StatementTemplate.Place: String], _ session: Session
    ) async throws(Failure) {
        for (index, statement) in statements.enumerated() {
            let filled = try fill(statement, values)
            do throws(Failure) { try await session.query(filled) } catch {
                guard case .server(let report) = error,
                    [.undefinedFunction, .undefinedTable, .invalidSchemaName].contains(report.sqlState)
                else { throw error }
                // Elsewhere these say that the guard is missing.
                throw Self.refusal(
                    GuardCode.malformed,
                    "raw statement \(index + 1) names something that is not there (\(report.sqlState.code)); "
                        + "our connections have no search_path: it names the schema of what is not the server's own"
                )
            }
        }
    }

    func fill(_ statement: String, _ values: [StatementTemplate.Place: String]) throws(Failure) -> String {
        do throws(StatementTemplate.Problem) {
            return try StatementTemplate(
                statement, allowing: StatementTemplate.Place.allCases, for: .postgresql
            ).filled(with: values)
        } catch {
            throw Self.refusal(GuardCode.malformed, error.message)
        }
    }

    /// Places under the ceilings that one call has taken.
    private final class Places {
        private let register: DirectRegister
        private var taken = 0
        var made = 0

        init(_ register: DirectRegister) { self.register = register }

        func take(_ live: Int) throws(Failure) {
            if let refusal = register.takePlace(live: live) {
                throw PostgreSQLDirect.refusal(SQLState(refusal.code), refusal.message)
            }
            taken += 1
        }

        func giveBack() { register.giveBack(taken, made: min(taken, made)) }
    }

    // MARK: During the lease

    func renew(_ members: [GuardMembers.Renew], _ session: Session) async throws(Failure) -> PostgreSQLRows {
        let most = definition.ceilings.maxTTL.seconds
        let answers = try await transaction(session) { () async throws(Failure) in
            let now = try await moment(session).epoch
            let existing = try await found(members.map(\.lease), session)
            let culprits = try await culprits(of: existing.values.map(\.role), session)
            return try await each(members, session) { (member) async throws(Failure) in
                guard let found = existing[member.lease] else { throw Self.notOurs(member.lease) }
                guard found.canLogIn else { throw Self.refusal(SQLState("MF012"), "the role is locked") }
                guard let old = found.validUntil, old > now else {
                    throw Self.refusal(SQLState("MF008"), "the lease has expired")
                }
                let end = max(old, now + Double(member.ttl_seconds))
                let made = LeaseID(rawValue: member.lease).flatMap(register.made)?.making
                // Who made the role counts from its creation; after a restart the state's own limit is what holds.
                guard member.ttl_seconds <= most, end <= (made?.createdAt ?? now) + Double(most) else {
                    throw Self.refusal(SQLState("MF005"), "the expiry would be over the ceiling")
                }
                if let culprit = culprits[found.role] ?? nil { throw Self.powerful(culprit) }
                let name = try identifier(found.role)
                let comment = comment(lease: member.lease, validUntil: end, requester: found.requester)
                try await session.run(
                    script: """
                        ALTER ROLE \(name) VALID UNTIL \(try literal(Self.timestamp(end)));
                        COMMENT ON ROLE \(name) IS \(try literal(comment))
                        """)
                if let lease = LeaseID(rawValue: member.lease) { register.moveEnd(lease, to: end) }
                return ["valid_until_epoch": String(end)]
            }
        }
        return Self.rows(answers)
    }

    func replaceVerifiers(
        _ members: [GuardMembers.ReplaceVerifier], _ session: Session
    ) async throws(Failure) -> PostgreSQLRows {
        let answers = try await transaction(session) { () async throws(Failure) in
            let now = try await moment(session).epoch
            let existing = try await found(members.map(\.lease), session)
            let inUse = try await sessions(of: existing.values.map(\.oid), session)
            return try await each(members, session) { (member) async throws(Failure) in
                guard let found = existing[member.lease] else { throw Self.notOurs(member.lease) }
                guard found.canLogIn else { throw Self.refusal(SQLState("MF012"), "the role is locked") }
                // When it was made only that process knows: after a restart nothing is replaced.
                guard let lease = LeaseID(rawValue: member.lease), let making = register.made(lease)?.making,
                    now < making.createdAt + 300, let end = found.validUntil, end > now
                else {
                    throw Self.refusal(
                        SQLState("MF008"), "the 5 minutes are over, or the broker was restarted")
                }
                guard !making.isUsed, inUse[found.oid] == nil else {
                    throw Self.refusal(SQLState("MF008"), "the role has been used")
                }
                try await session.query(
                    "ALTER ROLE \(try identifier(found.role)) PASSWORD \(try literal(member.verifier))")
                register.replaceVerifier(lease, try Self.digest(Verifier(member.verifier)))
                return ["valid_until_epoch": String(end)]
            }
        }
        return Self.rows(answers)
    }
}
