import Foundation
package import MayflyCore
import SQLClients

/// What is asked of the server about its accounts.
extension MariaDBEngine {
    /// - Parameter withOwned: an account owns nothing on these servers.
    package func roles(withOwned: Bool) async throws(EngineFailure) -> [RoleStanding] {
        if let direct { return try await directRoles(direct) }
        var isOld = false
        let rows: MariaDBRows
        do throws(EngineFailure) {
            rows = try await ask("CALL mayfly.inspect()")
        } catch {
            // Who may not call a procedure is not told whether there is one.
            guard error.code == "1370" || error.code == "1305" else { throw error }
            isOld = true
            rows = try await ask("CALL mayfly.roles()")
        }
        do throws(MariaDBError) {
            var standings: [RoleStanding] = []
            for row in rows { standings.append(try Self.standing(row, isOld: isOld)) }
            return standings
        } catch {
            throw EngineFailure(error)
        }
    }

    private static func standing(_ row: MariaDBRow, isOld: Bool) throws(MariaDBError) -> RoleStanding {
        let standing: RoleStanding.Standing =
            switch try row.string("standing") {
            // Unfinished: in the register, and perhaps an account that is not yet complete.
            case "live", "unfinished": .live
            case "gone": .missing
            default: .stray
            }
        var found = RoleStanding(
            standing: standing,
            lease: standing == .stray
                ? nil : try row.optionalString("lease").flatMap(LeaseID.init(rawValue:)),
            role: try row.string("role"), requester: try row.optionalString("requester"),
            createdAt: try moment(row, "created_at"), validUntil: try moment(row, "valid_until"),
            isOverdue: try row.bool("overdue"), canLogIn: try row.bool("can_login"))
        if isOld {
            if try row.bool("altered") { found.alterations = [RoleAlteration(.password)] }
        } else {
            found.groups = try row.strings("groups")
            found.alterations = try row.strings("alterations").map(RoleAlteration.init)
            found.sessions = try row.int("sessions")
            found.isUsed = try row.bool("used")
        }
        return found
    }

    private static func moment(_ row: MariaDBRow, _ column: String) throws(MariaDBError) -> Date? {
        try row.optionalString(column).flatMap(Double.init).map { Date(timeIntervalSince1970: $0) }
    }

    /// Our account sees no account but its own: the guard is asked, and knows only those of this installation.
    package func find(_ subject: RoleSubject) async throws(EngineFailure) -> FoundRole? {
        let name: String
        switch subject {
        case .role(let role): name = role
        case .session(let id):
            let statement =
                direct == nil
                ? "CALL mayfly.sessions()"
                : "SELECT ID AS id, USER AS role FROM information_schema.PROCESSLIST"
            guard let role = try Self.role(of: id, in: try await ask(statement)) else { return nil }
            name = role
        }
        guard let standing = try await roles().first(where: { $0.role == name }) else { return nil }
        return FoundRole(role: name, standing: standing)
    }

    private static func role(of session: Int, in rows: MariaDBRows) throws(EngineFailure) -> String? {
        do throws(MariaDBError) {
            for row in rows where try row.int("id") == session { return try row.string("role") }
            return nil
        } catch {
            throw EngineFailure(error)
        }
    }
}
