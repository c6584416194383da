import Foundation
import MayflyCore
import SQLClients

/// What an engine asks in its own name where there is no guard (`mode: direct`).
extension MariaDBEngine {
    /// By the accounts that there are, and by whatever says whose they are: on MySQL their attributes, on MariaDB what
    /// this process made and what is on record in the state.
    func directRoles(_ direct: MariaDBDirect) async throws(EngineFailure) -> [RoleStanding] {
        let made = direct.register.living.filter { $0.making?.isComplete == true }
        let (accounts, now) = try await inSession { (session) throws(MariaDBError) in
            let now = try await session.query("SELECT UNIX_TIMESTAMP(SYSDATE(6)) AS now").only().double("now")
            return (try await direct.accounts(session), now)
        }
        let entries =
            isMySQL
            ? [:] : try await direct.register.entries(of: accounts.keys.compactMap(RoleName.init(rawValue:)))
        var standings: [RoleStanding] = []
        for account in accounts.values {
            let entry = RoleName(rawValue: account.role).flatMap { entries[$0] }
            let lease = account.lease.flatMap(LeaseID.init(rawValue:)) ?? entry?.reference.lease
            let end = account.validUntil ?? entry?.validUntil
            standings.append(
                RoleStanding(
                    standing: lease == nil ? .stray : .live, lease: lease, role: account.role,
                    requester: account.requester ?? entry?.requester,
                    validUntil: end.map { Date(timeIntervalSince1970: $0) },
                    isOverdue: end.map { $0 <= now } ?? false, canLogIn: !account.isLocked))
        }
        let there = Set(standings.compactMap(\.lease))
        return standings + made.filter { !there.contains($0.reference.lease) }.map { $0.missing }
    }

    /// Remembers which accounts were used.
    func directSessions(_ direct: MariaDBDirect) async throws(EngineFailure) {
        let rows = try await ask(
            "SELECT DISTINCT p.USER AS role FROM information_schema.PROCESSLIST p WHERE LEFT(p.USER, CHAR_LENGTH(?)) = ?",
            [direct.rolePrefix, direct.rolePrefix])
        direct.register.markUsed(Set(rows.compactMap { $0.values.first ?? nil }))
    }

    /// What SHOW GRANTS says of groups, without whom it is granted to. Our account may read it on MariaDB.
    func directPrivileges(of groups: [String]) async throws(EngineFailure) -> [String] {
        guard !isMySQL else {
            throw EngineFailure(
                .serverError, "in mode direct our account on MySQL may not read what groups may do",
                hint: "mode: guard tells it")
        }
        var lines: [String] = []
        for group in groups {
            for row in try await ask("SHOW GRANTS FOR \(try MariaDBQuoting.identifier(group, limit: 128))") {
                guard let text = row.values.first ?? nil, text.hasPrefix("GRANT "),
                    let end = text.range(of: " TO ", options: .backwards)
                else { continue }
                let line = String(text[text.index(text.startIndex, offsetBy: 6)..<end.lowerBound])
                if !line.hasPrefix("USAGE ON ") { lines.append(line) }
            }
        }
        return Array(lines.prefix(200))
    }

    /// Questions on one connection.
    func inSession<R: Sendable>(
        _ body: @escaping @Sendable (DirectSession<MariaDBConnection>) async throws(MariaDBError) -> R
    ) async throws(EngineFailure) -> R {
        let deadline = deadline
        for attempt in 0... {
            do throws(MariaDBError) {
                return try await askers.withConnection(.ending, by: deadline) {
                    (connection) throws(MariaDBError) in
                    try await body(DirectSession(connection, by: deadline))
                }
            } catch {
                switch error {
                case .closed where attempt == 0, .connectionLost where attempt == 0: continue
                case .connectionLost, .timedOut, .cancelled:
                    throw EngineFailure(.unreachable, error.description)
                case .closed, .cannotConnect, .server, .invalidValue, .unexpectedAnswer:
                    throw EngineFailure(error)
                }
            }
        }
        throw EngineFailure(.unreachable, "the connection was lost again and again")
    }
}
