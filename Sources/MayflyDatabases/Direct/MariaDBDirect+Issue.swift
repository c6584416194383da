import Foundation
import MayflyCore
import MayflyCrypto
import SQLClients

extension MariaDBDirect {
    func issue(_ members: [GuardMembers.Issue], _ session: Session) async throws(Failure) -> MariaDBRows {
        try await refuseReadOnly(session)
        try await setMode(session)
        let now = try await moment(session)
        let accounts = try await accounts(session)
        let culprits = try await culprits(of: members.flatMap(\.groups), session)
        var answers: [Columns?] = members.map { _ in nil }
        var fresh: [Int] = []
        var places = 0
        var made = 0
        defer { register.giveBack(places, made: made) }
        for (index, member) in members.enumerated() {
            answers[index] = try await Self.answered { () async throws(Failure) in
                if let done = try repeated(member, accounts[member.role]) { return done }
                try check(member, culprits)
                if let refusal = register.takePlace(live: accounts.count) {
                    throw Self.refusal(SQLState(refusal.code), refusal.message)
                }
                places += 1
                fresh.append(index)
                return [:]
            }
        }
        // Begun by a call that was lost: anew.
        let begun = fresh.filter { accounts[members[$0].role] != nil }
        _ = try await dropAll(begun.map { members[$0] }, session)
        for index in fresh {
            do throws(CryptoFailure) {
                try register.begin(
                    members[index].order, createdAt: now, validUntil: now + Double(members[index].ttl_seconds)
                )
            } catch {
                throw .invalidValue(error.description)
            }
        }
        let failures = try await make(fresh.map { members[$0] }, now, session)
        for (place, index) in fresh.enumerated() {
            let lease = members[index].order.lease
            if let report = failures[place] {
                register.forget(lease)
                answers[index] = Self.failed(report)
            } else {
                let end = now + Double(members[index].ttl_seconds)
                register.complete(lease, oid: nil, validUntil: end)
                made += 1
                answers[index] = ["valid_until": String(end)]
            }
        }
        return Self.rows(answers.map { $0 ?? [:] })
    }

    private func refuseReadOnly(_ session: Session) async throws(Failure) {
        let row = try await session.query("SELECT @@GLOBAL.read_only AS r").only()
        guard try row.int("r") == 0 else {
            throw Self.refusal(GuardCode.readOnly, "this server is read-only")
        }
    }

    /// The server's clock, in seconds since 1970.
    private func moment(_ session: Session) async throws(Failure) -> Double {
        try await session.query("SELECT UNIX_TIMESTAMP(SYSDATE(6)) AS now").only().double("now")
    }

    /// A member that was done before answers as it did then; nil for one that is to be made.
    private func repeated(_ member: GuardMembers.Issue, _ found: Found?) throws(Failure) -> Columns? {
        let entry = register.made(member.order.lease)
        guard let found else {
            guard entry?.making?.endedAt == nil else {
                throw Self.refusal(SQLState("MF014"), "the lease was issued before, and is over")
            }
            return nil
        }
        let same =
            try entry?.making?.verifier == Self.digest(member.order.verifier)
            && entry?.reference.role == member.order.role && !found.isLocked
        guard same, let making = entry?.making else {
            throw Self.refusal(
                SQLState("MF014"), "the lease was issued before, differently, or another account has its name"
            )
        }
        guard making.isComplete, let end = entry?.validUntil else { return nil }
        return ["valid_until": String(end)]
    }

    private func check(_ member: GuardMembers.Issue, _ culprits: [String: String?]) throws(Failure) {
        for (text, most) in [(member.requester, 200), (member.reason, 2000)] {
            let isHarmless = text.unicodeScalars.allSatisfy { scalar in
                switch scalar.properties.generalCategory {
                case .control, .lineSeparator, .paragraphSeparator, .surrogate, .format: false
                default: true
                }
            }
            guard isHarmless, text.unicodeScalars.count <= most else {
                throw Self.refusal(
                    GuardCode.malformed, "the requester or reason is too long or has control characters")
            }
        }
        guard member.ttl_seconds <= definition.ceilings.maxTTL.seconds else {
            throw Self.refusal(SQLState("MF005"), "the TTL is over the ceiling")
        }
        guard isMySQL || member.groups.count == 1 else {
            throw Self.refusal(GuardCode.malformed, "an account of MariaDB gets one group")
        }
        for group in member.groups {
            guard let culprit = culprits[group] else {
                throw Self.refusal(SQLState("MF002"), "group \(group.quoted()) does not exist")
            }
            if let culprit { throw Self.powerful(culprit) }
        }
        for (setting, value) in member.settings {
            guard limits.contains(setting) else {
                throw Self.refusal(SQLState("MF010"), "setting \(setting.quoted()) is not allowed")
            }
            guard value.wholeMatch(of: /[1-9][0-9]{0,8}/) != nil else {
                throw Self.refusal(GuardCode.malformed, "a setting is not a whole number")
            }
        }
    }

    private var limits: Set<String> {
        let common: Set = ["max_queries_per_hour", "max_updates_per_hour", "max_connections_per_hour"]
        return isMySQL ? common : common.union(["max_statement_time"])
    }

    // MARK: Making

    /// All at once; when that fails what was made is dropped and each is made alone.
    ///
    /// - Returns: what failed, by index. Of those nothing is left.
    private func make(
        _ members: [GuardMembers.Issue], _ now: Double, _ session: Session
    ) async throws(Failure) -> [Int: MariaDBReport] {
        guard !members.isEmpty else { return [:] }
        // What others wrote is not run again because of a neighbour.
        let raw = members.indices.filter { !members[$0].order.creationStatements.isEmpty }
        if members.count > 1, !raw.isEmpty {
            let plain = members.indices.filter { members[$0].order.creationStatements.isEmpty }
            var failed: [Int: MariaDBReport] = [:]
            for (place, report) in try await make(plain.map { members[$0] }, now, session) {
                failed[plain[place]] = report
            }
            for index in raw { failed[index] = try await make([members[index]], now, session)[0] }
            return failed
        }
        do throws(Failure) {
            try await makeTogether(members, now, session)
            return [:]
        } catch {
            guard case .server(let report) = error else { throw error }
            let left = try await dropAll(members, session)
            // Then the engine looks what there is, and tries to undo it.
            guard left.isEmpty else { throw .unexpectedAnswer("what failed could not be undone") }
            if members.count == 1 { return [0: report] }
        }
        var failed: [Int: MariaDBReport] = [:]
        for (index, member) in members.enumerated() {
            failed[index] = try await make([member], now, session)[0]
        }
        return failed
    }

    private func makeTogether(
        _ members: [GuardMembers.Issue], _ now: Double, _ session: Session
    ) async throws(Failure) {
        var plain: [GuardMembers.Issue] = []
        for member in members {
            if try makesRole(member.order.creationStatements) {
                try await runCreation(member, now, session)
            } else {
                plain.append(member)
            }
        }
        try await makePlain(plain, now, session)
        for member in plain where !member.order.creationStatements.isEmpty {
            try await runCreation(member, now, session)
        }
    }

    private func makesRole(_ statements: [String]) throws(Failure) -> Bool {
        do throws(StatementTemplate.Problem) {
            return try Self.makesRole(statements, definition.engine)
        } catch {
            throw Self.refusal(GuardCode.malformed, error.message)
        }
    }

    private func makePlain(
        _ plain: [GuardMembers.Issue], _ now: Double, _ session: Session
    ) async throws(Failure) {
        if isMySQL {
            // One by one, as each has an attribute of its own; DEFAULT ROLE grants the role too.
            for member in plain {
                let groups = try member.groups.map { (name) throws(Failure) in try group(name) }
                try await session.query(
                    "CREATE USER \(try account(member.role)) IDENTIFIED WITH caching_sha2_password AS "
                        + "\(try literal(member.verifier)) DEFAULT ROLE \(groups.joined(separator: ", "))"
                        + options(member)
                        + " ATTRIBUTE \(try attribute(member, now + Double(member.ttl_seconds)))")
            }
            return
        }
        for (options, some) in Dictionary(grouping: plain, by: options).sorted(by: { $0.key < $1.key }) {
            let accounts = try some.map { (member) throws(Failure) in
                guard let plugin = member.plugin, ["mysql_native_password", "ed25519"].contains(plugin) else {
                    throw Self.refusal(GuardCode.malformed, "the verifier is not a hash of its plugin")
                }
                return
                    "\(try account(member.role)) IDENTIFIED VIA \(plugin) USING \(try literal(member.verifier))"
            }
            try await session.query("CREATE USER \(accounts.joined(separator: ", "))\(options)")
        }
        for (name, some) in Dictionary(grouping: plain, by: { $0.groups[0] }).sorted(by: { $0.key < $1.key })
        {
            let accounts = try some.map { (member) throws(Failure) in try account(member.role) }
            try await session.query("GRANT \(try group(name)) TO \(accounts.joined(separator: ", "))")
            for account in accounts {
                try await session.query("SET DEFAULT ROLE \(try group(name)) FOR \(account)")
            }
        }
    }

    private func options(_ member: GuardMembers.Issue) -> String {
        " WITH MAX_USER_CONNECTIONS \(member.connection_limit)"
            + member.settings.sorted { $0.key < $1.key }.map { " \($0.key.uppercased()) \($0.value)" }
            .joined()
    }

    private func attribute(_ member: GuardMembers.Issue, _ end: Double) throws(Failure) -> String {
        try attributeLiteral(
            try Self.json([
                "mayfly": [
                    "installation": installation.name, "lease": member.lease, "requester": member.requester,
                    "until": String(end),
                ]
            ]))
    }

    static func json(_ value: [String: [String: String]]) throws(Failure) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do { return String(decoding: try encoder.encode(value), as: UTF8.self) } catch {
            throw .invalidValue("an attribute cannot be written as JSON")
        }
    }

    /// A profile's raw SQL, in place of our own statements or after them. What it made is looked at: it must be an account
    /// without powers.
    private func runCreation(
        _ member: GuardMembers.Issue, _ now: Double, _ session: Session
    ) async throws(Failure) {
        let groups = try member.groups.map { (name) throws(Failure) in try group(name) }
        let end = now + Double(member.ttl_seconds)
        let moment = Date(timeIntervalSince1970: end.rounded(.up)).formatted(.iso8601)
        let account = try account(member.role)
        let values: [StatementTemplate.Place: String] = [
            .name: account, .verifier: try literal(member.verifier), .group: groups.joined(separator: ", "),
            .expiration: try literal(moment.replacing("T", with: " ").replacing("Z", with: "")),
        ]
        try await runRaw(member.order.creationStatements, values, session)
        guard try await accounts(session)[member.role].map(isWhereMade) == true else {
            throw Self.refusal(
                GuardCode.malformed, "creation_statements did not make the account \(member.role)")
        }
        if let culprit = try await culprit(member.role, host: definition.madeAccounts.host, session) {
            throw Self.powerful(culprit)
        }
        if isMySQL {
            try await session.query("ALTER USER \(account) ATTRIBUTE \(try attribute(member, end))")
        }
    }

    /// - Returns: what could not be dropped, by index.
    private func dropAll(
        _ members: [GuardMembers.Issue], _ session: Session
    ) async throws(Failure) -> [Int: MariaDBReport] {
        var accounts: [Int: String] = [:]
        for (index, member) in members.enumerated() { accounts[index] = try account(member.role) }
        return try await together(accounts, session) { "DROP USER IF EXISTS \($0)" }
    }

    // MARK: During the lease

    /// These servers have no end of their own for an account: what moves is what we know, and on MySQL what is written
    /// beside it.
    func renew(_ members: [GuardMembers.Renew], _ session: Session) async throws(Failure) -> MariaDBRows {
        try await setMode(session)
        let now = try await moment(session)
        let known = try await known(members.map(\.lease), session)
        let most = definition.ceilings.maxTTL.seconds
        var answers: [Columns] = []
        for member in members {
            answers.append(
                try await Self.answered { () async throws(Failure) in
                    guard let own = known[member.lease], let found = own.found else {
                        throw Self.refusal(GuardCode.notOurs, "the role is gone")
                    }
                    guard !found.isLocked else { throw Self.refusal(SQLState("MF012"), "the role is locked") }
                    if let end = own.validUntil, end <= now {
                        throw Self.refusal(SQLState("MF008"), "the lease has expired")
                    }
                    let end = max(own.validUntil ?? 0, now + Double(member.ttl_seconds))
                    guard member.ttl_seconds <= most,
                        end <= (own.entry?.making?.createdAt ?? now) + Double(most)
                    else { throw Self.refusal(SQLState("MF005"), "over the ceiling, counted from creation") }
                    if let culprit = try await culprit(own.role, host: found.host, session) {
                        throw Self.powerful(culprit)
                    }
                    if isMySQL {
                        let until = try Self.json(["mayfly": ["until": String(end)]])
                        try await session.query(
                            "ALTER USER \(try account(found)) ATTRIBUTE \(try attributeLiteral(until))")
                    }
                    if let lease = LeaseID(rawValue: member.lease) { register.moveEnd(lease, to: end) }
                    return ["valid_until": String(end)]
                })
        }
        return Self.rows(answers)
    }

    func replaceVerifiers(
        _ members: [GuardMembers.ReplaceVerifier], _ session: Session
    ) async throws(Failure) -> MariaDBRows {
        let now = try await moment(session)
        let known = try await known(members.map(\.lease), session)
        let inUse = try await sessions(of: known.values.map(\.role), session)
        var answers: [Columns] = []
        for member in members {
            answers.append(
                try await Self.answered { () async throws(Failure) in
                    guard let own = known[member.lease], let found = own.found else {
                        throw Self.refusal(GuardCode.notOurs, "the role is gone")
                    }
                    guard !found.isLocked else { throw Self.refusal(SQLState("MF012"), "the role is locked") }
                    // When it was made only that process knows: after a restart nothing is replaced.
                    guard let lease = LeaseID(rawValue: member.lease),
                        let making = register.made(lease)?.making,
                        now < making.createdAt + 300, !making.isUsed, inUse[own.role] == nil
                    else {
                        throw Self.refusal(
                            SQLState("MF008"), "the 5 minutes are over, or the role has been used")
                    }
                    guard let plugin = member.plugin,
                        ["mysql_native_password", "ed25519", "caching_sha2_password"].contains(plugin)
                    else {
                        throw Self.refusal(GuardCode.malformed, "the verifier is not a hash of its plugin")
                    }
                    let hash = try literal(member.verifier)
                    let identified =
                        isMySQL
                        ? "IDENTIFIED WITH \(plugin) AS \(hash)" : "IDENTIFIED VIA \(plugin) USING \(hash)"
                    try await session.query("ALTER USER \(try account(found)) \(identified)")
                    register.replaceVerifier(lease, try Self.digest(Verifier(member.verifier)))
                    return ["valid_until": own.validUntil.map { String($0) }]
                })
        }
        return Self.rows(answers)
    }
}
