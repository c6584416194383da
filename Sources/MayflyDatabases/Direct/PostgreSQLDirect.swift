import Foundation
import MayflyCore
import MayflyCrypto
import SQLClients

/// Answers the guard's calls on PostgreSQL where there is no guard, with an account that has CREATEROLE.
///
/// A call that makes or ends roles is one transaction with a savepoint for each member, so that a bad one fails alone.
/// A role is known as ours by its comment, which is the guard's: installation and lease. Nobody may write it but
/// who has CREATEROLE (since 16: ADMIN on the role).
struct PostgreSQLDirect: DirectAnswering {
    typealias Connection = PostgreSQLConnection
    typealias Session = DirectSession<PostgreSQLConnection>
    /// Columns of one member's row, without those that all have.
    typealias Columns = [String: String?]

    let definition: DatabaseDefinition
    let installation: Configuration.Installation
    let register: DirectRegister

    func answer<Member: GuardMember>(
        _ function: GuardFunction, _ members: [Member], on session: Session
    ) async throws(Failure) -> PostgreSQLRows {
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
        case .clean: try await clean(try typed(members, as: GuardMembers.Clean.self), session)
        case .effective: throw .invalidValue("a function of other engines")
        case .endSession, .statements, .narrow, .preview, .reassign, .leftBehind:
            throw .invalidValue("a function that only a guard has")
        }
    }

    // MARK: Answers

    /// A refusal in the guard's words, of one member or of all.
    static func refusal(_ code: SQLState?, _ message: String, detail: String? = nil) -> Failure {
        guard let code else { return .unexpectedAnswer("a refusal without a code") }
        return .server(ServerReport(sqlState: code, message: message, detail: detail))
    }

    static func refusal(_ failure: EngineFailure) -> Failure { refusal(GuardCode.malformed, failure.message) }

    /// Turns quoting's and hashing's own errors into refusals of the member that they are about.
    static func quoted<R>(_ work: () throws(EngineFailure) -> R) throws(Failure) -> R {
        do throws(EngineFailure) { return try work() } catch { throw refusal(error) }
    }

    static func rows(_ answers: [Columns]) -> PostgreSQLRows {
        let columns = Set(answers.flatMap(\.keys)).union(["ordinal", "sqlstate", "message"]).sorted()
        let values = answers.enumerated().map { index, answer in
            columns.map { column -> String? in
                switch column {
                case "ordinal": String(index + 1)
                case "sqlstate": (answer[column] ?? nil) ?? "00000"
                case "message": (answer[column] ?? nil) ?? ""
                default: answer[column] ?? nil
                }
            }
        }
        return PostgreSQLRows(columns: columns, values: values)
    }

    static func failed(_ report: ServerReport) -> Columns {
        ["sqlstate": report.sqlState.code, "message": report.message]
    }

    // MARK: Transactions

    /// One transaction; rolled back when `body` fails. What cannot be rolled back is closed.
    func transaction<R>(
        _ session: Session, _ body: () async throws(Failure) -> R
    ) async throws(Failure) -> R {
        try await session.run(
            script: "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL lock_timeout = '2s'")
        do throws(Failure) {
            let result = try await body()
            try await session.query("COMMIT")
            return result
        } catch {
            await rollBack(session)
            throw error
        }
    }

    private func rollBack(_ session: Session) async {
        guard await session.connection.isOpen else { return }
        do throws(Failure) {
            _ = try await session.connection.query("ROLLBACK", timeout: .seconds(2))
        } catch {
            // Whatever it is in the middle of, nobody goes on with it.
            await session.connection.close()
        }
    }

    /// The members one by one, each under a savepoint.
    func each<Member>(
        _ members: [Member], _ session: Session,
        _ body: (Member) async throws(Failure) -> Columns
    ) async throws(Failure) -> [Columns] {
        var answers: [Columns] = []
        for member in members {
            answers.append(
                try await alone(session) { () async throws(Failure) in
                    try await body(member)
                })
        }
        return answers
    }

    /// Under a savepoint: an error of the server undoes `body` alone, and is its answer.
    func alone(
        _ session: Session, _ body: () async throws(Failure) -> Columns
    ) async throws(Failure) -> Columns {
        try await session.query("SAVEPOINT member")
        do throws(Failure) {
            let row = try await body()
            try await session.query("RELEASE SAVEPOINT member")
            return row
        } catch {
            guard case .server(let report) = error else { throw error }
            try await session.query("ROLLBACK TO SAVEPOINT member")
            try await session.query("RELEASE SAVEPOINT member")
            return Self.failed(report)
        }
    }

    // MARK: Whose roles

    /// A role of ours as the catalogue has it.
    struct Found: Sendable {
        var role: String
        var oid: UInt32
        var canLogIn: Bool
        /// Seconds since 1970; nil for never.
        var validUntil: Double?
        var requester: String
    }

    /// What a role's comment begins with, as the guard writes it.
    var commentPrefix: String { "mayfly installation=\(installation.name) lease=" }
    var rolePrefix: String { "mf_\(installation.tag)_" }

    /// The roles of leases by their comments; leases without one are left out.
    func found(_ leases: [String], _ session: Session) async throws(Failure) -> [String: Found] {
        let statement = """
            SELECT a.lease, r.rolname AS role, r.oid::text AS oid, r.rolcanlogin AS can_login,
                   extract(epoch FROM CASE WHEN isfinite(r.rolvaliduntil) THEN r.rolvaliduntil END)::text AS valid_until,
                   substr(d.description, strpos(d.description, ' requester=') + 11) AS requester
              FROM pg_catalog.jsonb_array_elements_text($1::jsonb) AS a (lease)
              JOIN pg_catalog.pg_shdescription d ON d.classoid = 'pg_catalog.pg_authid'::regclass
                   AND starts_with(d.description, $2) AND substr(d.description, length($2) + 1, 36) = a.lease
                   AND starts_with(substr(d.description, length($2) + 37), ' until=')
              JOIN pg_catalog.pg_roles r ON r.oid = d.objoid AND starts_with(r.rolname::text, $3)
            """
        let list = try Self.quoted { () throws(EngineFailure) in try GuardMembers.json(leases) }
        var result: [String: Found] = [:]
        for row in try await session.query(statement, [list, commentPrefix, rolePrefix]) {
            result[try row.string("lease")] = Found(
                role: try row.string("role"), oid: try Self.oid(row),
                canLogIn: try row.bool("can_login"),
                validUntil: try row.optionalString("valid_until").flatMap(Double.init),
                requester: try row.string("requester"))
        }
        return result
    }

    static func oid(_ row: PostgreSQLRow) throws(Failure) -> UInt32 {
        guard let oid = UInt32(try row.string("oid")) else { throw .unexpectedAnswer("oid is no OID") }
        return oid
    }

    static func notOurs(_ lease: String) -> Failure {
        refusal(GuardCode.notOurs, "no role has the comment of lease \(lease)")
    }

    /// What is known of leases beside the catalogue.
    func known(_ leases: [String]) async throws(Failure) -> [String: DirectRegister.Entry] {
        do throws(EngineFailure) {
            let entries = try await register.entries(of: leases.compactMap(LeaseID.init(rawValue:)))
            return Dictionary(uniqueKeysWithValues: entries.map { ($0.rawValue, $1) })
        } catch {
            throw .unexpectedAnswer(error.message)
        }
    }

    func identifier(_ name: String) throws(Failure) -> String {
        try Self.quoted { () throws(EngineFailure) in try PostgreSQLQuoting.identifier(name) }
    }

    func literal(_ text: String) throws(Failure) -> String {
        try Self.quoted { () throws(EngineFailure) in try PostgreSQLQuoting.literal(text) }
    }

    /// A moment for `VALID UNTIL`, the same under every DateStyle and TimeZone.
    static func timestamp(_ epoch: Double, fraction: Bool = true) -> String {
        let whole = epoch.rounded(.down)
        let text = Date(timeIntervalSince1970: whole).formatted(.iso8601)
        guard fraction else { return text }
        let micros = min(999_999, Int(((epoch - whole) * 1_000_000).rounded()))
        return text.dropLast() + String(format: ".%06dZ", micros)
    }

    /// The comment that the guard would write. The requester comes last, so that it cannot forge the rest.
    func comment(lease: String, validUntil: Double, requester: String) -> String {
        commentPrefix + "\(lease) until=\(Self.timestamp(validUntil, fraction: false)) requester=\(requester)"
    }
}
