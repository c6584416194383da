import Foundation
import MayflyCore
import MayflyCrypto
import SQLClients

/// Answers the guard's calls on MariaDB and MySQL where there is no guard, with an account that has CREATE USER.
///
/// Every statement about accounts commits by itself, so what fails half-way is undone here. MySQL's accounts have an
/// attribute that names installation and lease, as the guard's have. MariaDB's have nothing of the kind: there a
/// role is ours if this process made it, or if the state has it on record under its name, which is never used
/// twice.
struct MariaDBDirect: DirectAnswering {
    typealias Connection = MariaDBConnection
    typealias Session = DirectSession<MariaDBConnection>
    typealias Columns = [String: String?]

    let definition: DatabaseDefinition
    let installation: Configuration.Installation
    let register: DirectRegister

    var isMySQL: Bool { definition.engine == .mysql }
    var rolePrefix: String { "mf_\(installation.tag)_" }

    func answer<Member: GuardMember>(
        _ function: GuardFunction, _ members: [Member], on session: Session
    ) async throws(Failure) -> MariaDBRows {
        switch function {
        case .issue: try await issue(try typed(members, as: GuardMembers.Issue.self), session)
        case .renew: try await renew(try typed(members, as: GuardMembers.Renew.self), session)
        case .replaceVerifier:
            try await replaceVerifiers(try typed(members, as: GuardMembers.ReplaceVerifier.self), session)
        case .find: try await find(members, session)
        case .lock: try await lock(members, session)
        case .terminate: try await terminate(members, session)
        case .hanging: try await hanging(members, session)
        case .drop: try await drop(members, session)
        case .endSession, .statements, .clean, .effective, .narrow, .preview, .reassign, .leftBehind:
            throw .invalidValue("a function that these servers do not need")
        }
    }

    // MARK: Answers

    static func refusal(_ code: SQLState?, _ message: String) -> Failure {
        guard let code else { return .unexpectedAnswer("a refusal without a code") }
        return .server(MariaDBReport(number: .raisedByRoutine, sqlState: code.code, message: message))
    }

    static func quoted<R>(_ work: () throws(EngineFailure) -> R) throws(Failure) -> R {
        do throws(EngineFailure) { return try work() } catch {
            throw refusal(GuardCode.malformed, error.message)
        }
    }

    static func rows(_ answers: [Columns]) -> MariaDBRows {
        let columns = Set(answers.flatMap(\.keys)).union(["ordinal", "code", "message"]).sorted()
        let values = answers.enumerated().map { index, answer in
            columns.map { column -> String? in
                switch column {
                case "ordinal": String(index + 1)
                case "code": (answer[column] ?? nil) ?? "00000"
                case "message": (answer[column] ?? nil) ?? ""
                default: answer[column] ?? nil
                }
            }
        }
        return MariaDBRows(columns: columns, values: values)
    }

    static func failed(_ report: MariaDBReport) -> Columns {
        let code = report.number == .raisedByRoutine ? report.sqlState : report.number.description
        return ["code": code, "message": report.message]
    }

    /// One member's answer, or the error of the server that it met.
    static func answered(_ work: () async throws(Failure) -> Columns) async throws(Failure) -> Columns {
        do throws(Failure) { return try await work() } catch {
            guard case .server(let report) = error else { throw error }
            return failed(report)
        }
    }

    /// One statement for all members, and when that fails one for each, so that a bad one fails alone. Only for
    /// statements that may be repeated.
    ///
    /// - Returns: what failed, by index.
    func together(
        _ accounts: [Int: String], _ session: Session, _ statement: (String) -> String
    ) async throws(Failure) -> [Int: MariaDBReport] {
        guard !accounts.isEmpty else { return [:] }
        do throws(Failure) {
            try await session.query(statement(accounts.values.sorted().joined(separator: ", ")))
            return [:]
        } catch {
            guard case .server(let report) = error else { throw error }
            if accounts.count == 1 { return accounts.mapValues { _ in report } }
        }
        var failed: [Int: MariaDBReport] = [:]
        for (index, account) in accounts {
            do throws(Failure) { try await session.query(statement(account)) } catch {
                guard case .server(let report) = error else { throw error }
                failed[index] = report
            }
        }
        return failed
    }

    // MARK: Whose accounts

    /// An account under a name of ours, as the server has it.
    struct Found: Sendable {
        var role: String
        /// As it was made: the configuration may name another by now.
        var host: String
        var isLocked: Bool
        /// MySQL: what its attribute says.
        var lease: String?
        var requester: String?
        var validUntil: Double?
    }

    /// All accounts with names of ours, and those named, by name and whatever their host. Where a name is there twice it
    /// is the one that says it is ours, then the one where we make them. A pattern would mean something else by
    /// sql_mode.
    func accounts(_ session: Session, named: [String] = []) async throws(Failure) -> [String: Found] {
        let attribute = "JSON_UNQUOTE(JSON_EXTRACT(u.User_attributes, '$.metadata.mayfly"
        let statement =
            isMySQL
            ? """
            SELECT u.User AS role, u.Host AS host, u.account_locked = 'Y' AS locked, \(attribute).installation')) AS installation,
                   \(attribute).lease')) AS lease, \(attribute).requester')) AS requester,
                   \(attribute).until')) AS valid_until
              FROM mysql.user u WHERE LEFT(u.User, CHAR_LENGTH(?)) = ? OR FIND_IN_SET(u.User, ?)
            """
            : """
            SELECT g.User AS role, g.Host AS host,
                   COALESCE(JSON_VALUE(g.Priv, '$.account_locked'), '0') IN ('true', '1') AS locked,
                   NULL AS installation, NULL AS lease, NULL AS requester, NULL AS valid_until
              FROM mysql.global_priv g WHERE LEFT(g.User, CHAR_LENGTH(?)) = ? OR FIND_IN_SET(g.User, ?)
            """
        var result: [String: Found] = [:]
        let names = named.joined(separator: ",")
        for row in try await session.query(statement, [rolePrefix, rolePrefix, names]) {
            let isOurs = try row.optionalString("installation") == installation.name
            let role = try row.string("role")
            let found = Found(
                role: role, host: try row.string("host"), isLocked: try row.bool("locked"),
                lease: isOurs ? try row.optionalString("lease") : nil,
                requester: isOurs ? try row.optionalString("requester") : nil,
                validUntil: isOurs ? try row.optionalString("valid_until").flatMap(Double.init) : nil)
            if let other = result[role], rank(other) >= rank(found) { continue }
            result[role] = found
        }
        return result
    }

    private func rank(_ found: Found) -> Int { (found.lease == nil ? 0 : 2) + (isWhereMade(found) ? 1 : 0) }

    /// Servers compare hosts without case.
    func isWhereMade(_ found: Found) -> Bool {
        found.host.lowercased() == definition.madeAccounts.host.lowercased()
    }

    /// A lease's account and what is known of it.
    struct Known: Sendable {
        var role: String
        /// Nil when there is no such account (any more).
        var found: Found?
        var entry: DirectRegister.Entry?
        var validUntil: Double? { found?.validUntil ?? entry?.validUntil }
    }

    /// Leases that nothing is known of are left out.
    func known(_ leases: [String], _ session: Session) async throws(Failure) -> [String: Known] {
        let entries: [LeaseID: DirectRegister.Entry]
        do throws(EngineFailure) {
            entries = try await register.entries(of: leases.compactMap(LeaseID.init(rawValue:)))
        } catch {
            throw .unexpectedAnswer(error.message)
        }
        let accounts = try await accounts(
            session, named: entries.values.map(\.reference.role.rawValue))
        let byLease = Dictionary(
            accounts.values.compactMap { found in found.lease.map { ($0, found) } },
            uniquingKeysWith: { first, _ in first })
        var result: [String: Known] = [:]
        for lease in leases {
            let entry = LeaseID(rawValue: lease).flatMap { entries[$0] }
            if let found = byLease[lease] {
                result[lease] = Known(role: found.role, found: found, entry: entry)
            } else if let entry {
                let role = entry.reference.role.rawValue
                // On MySQL an account without the attribute is not what we made.
                if isMySQL, accounts[role] != nil { continue }
                result[lease] = Known(role: role, found: accounts[role], entry: entry)
            }
        }
        return result
    }

    static func unknown(_ lease: String) -> Columns {
        ["code": GuardCode.notOurs?.code, "message": "nothing is known of lease \(lease)"]
    }

    /// An account that is to be made.
    func account(_ role: String) throws(Failure) -> String {
        try Self.quoted { () throws(EngineFailure) in
            try MariaDBQuoting.account(role, host: definition.madeAccounts.host)
        }
    }

    func account(_ found: Found) throws(Failure) -> String {
        try Self.quoted { () throws(EngineFailure) in
            try MariaDBQuoting.account(found.role, host: found.host)
        }
    }

    func literal(_ text: String) throws(Failure) -> String {
        try Self.quoted { () throws(EngineFailure) in try MariaDBQuoting.literal(text) }
    }

    func attributeLiteral(_ text: String) throws(Failure) -> String {
        try Self.quoted { () throws(EngineFailure) in try MariaDBQuoting.plainLiteral(text) }
    }

    /// Before attributes are written: what a backslash is must not depend on the server.
    func setMode(_ session: Session) async throws(Failure) {
        guard isMySQL else { return }
        try await session.query("SET SESSION sql_mode = '\(MariaDBQuoting.plainMode)'")
    }

    /// A group as SQL has it; on MySQL a role has a host, too.
    func group(_ name: String) throws(Failure) -> String {
        try Self.quoted { () throws(EngineFailure) in
            isMySQL
                ? try MariaDBQuoting.account(name, host: "%")
                : try MariaDBQuoting.identifier(name, limit: 128)
        }
    }

    func runRaw(
        _ statements: [String], _ values: [StatementTemplate.Place: String], _ session: Session
    ) async throws(Failure) {
        for (index, statement) in statements.enumerated() {
            let filled = try fill(statement, values)
            do throws(Failure) { try await session.query(filled) } catch {
                guard case .server(let report) = error,
                    [.tableMissing, .procedureMissing, .unknownDatabase].contains(report.number)
                else { throw error }
                // Elsewhere these say that the guard is missing.
                throw Self.refusal(
                    GuardCode.malformed,
                    "raw statement \(index + 1) names something that is not there (\(report.number))")
            }
        }
    }

    func fill(_ statement: String, _ values: [StatementTemplate.Place: String]) throws(Failure) -> String {
        do throws(StatementTemplate.Problem) {
            return try StatementTemplate(
                statement, allowing: StatementTemplate.Place.allCases, for: definition.engine
            ).filled(with: values)
        } catch {
            throw Self.refusal(GuardCode.malformed, error.message)
        }
    }

    static func powerful(_ culprit: String) -> Failure {
        refusal(SQLState("MF003"), "\(culprit) has, or is reached with, a power no lease may have")
    }
}
