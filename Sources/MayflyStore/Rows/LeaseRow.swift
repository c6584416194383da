import Foundation
import GRDB
import MayflyCore

/// A lease as a row of `leases`, there and back without loss but for fractions of milliseconds.
enum LeaseRow {
    static let columns = """
        id, request, database, engine, profile, uid, user, reason, ticket, role, groups, created_at, \
        ends_latest_at, expires_at, state, role_oid, valid_until, ended_at, end_reason, attempts, \
        next_attempt_at, obstacle, tethered, person, identity, break_glass, mode, \
        narrowing, narrowed_group
        """

    static func insert(_ lease: Lease, _ db: Database) throws {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO leases (\(columns))
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        try statement.execute(
            arguments: [
                lease.id.rawValue, lease.requestID.rawValue, lease.database.rawValue, lease.engine.rawValue,
                lease.profile.rawValue, lease.requester.uid, lease.requester.user, lease.reason?.rawValue,
                lease.ticket?.rawValue, lease.role.rawValue, try JSONText.encode(lease.groups),
                lease.createdAt.milliseconds, lease.endsLatestAt.milliseconds, lease.expiresAt.milliseconds,
                lease.state.rawValue, lease.roleOID, lease.validUntil?.milliseconds,
                lease.endedAt?.milliseconds, lease.endReason?.rawValue, lease.attempts,
                lease.nextAttemptAt?.milliseconds, try lease.obstacle.map(JSONText.encode), lease.isTethered,
                lease.requester.person.rawValue, lease.requester.key, lease.isBreakGlass,
                lease.mode.rawValue, try lease.narrowing.map(JSONText.encode), lease.narrowedGroup,
            ])
    }

    /// Writes what can change.
    /// - Parameter releasing: whether the claim ends with it.
    static func update(_ lease: Lease, releasing: Bool, _ db: Database) throws {
        let statement = try db.cachedStatement(
            sql: """
                UPDATE leases SET expires_at = ?, ends_latest_at = ?, state = ?, role_oid = ?, valid_until = ?, ended_at = ?,
                    end_reason = ?, attempts = ?, next_attempt_at = ?, obstacle = ?, tethered = ?,
                    narrowed_group = ?
                    \(releasing ? ", claim_owner = NULL, claim_until = NULL" : "")
                WHERE id = ?
                """)
        try statement.execute(
            arguments: [
                lease.expiresAt.milliseconds, lease.endsLatestAt.milliseconds, lease.state.rawValue,
                lease.roleOID, lease.validUntil?.milliseconds, lease.endedAt?.milliseconds,
                lease.endReason?.rawValue,
                lease.attempts, lease.nextAttemptAt?.milliseconds, try lease.obstacle.map(JSONText.encode),
                lease.isTethered, lease.narrowedGroup, lease.id.rawValue,
            ])
    }

    static func fetch(_ id: LeaseID, _ db: Database) throws -> Lease? {
        let statement = try db.cachedStatement(sql: "SELECT \(columns) FROM leases WHERE id = ?")
        return try Row.fetchOne(statement, arguments: [id.rawValue]).map(lease)
    }

    static func lease(_ row: Row) throws -> Lease {
        let id: String = row[0]
        guard let id = LeaseID(rawValue: id), let requestID = RequestID(rawValue: row[1]),
            let database = DatabaseName(rawValue: row[2]), let engine = EngineKind(rawValue: row[3]),
            let profile = ProfileName(rawValue: row[4]), let role = RoleName(rawValue: row[9]),
            let state = Lease.State(rawValue: row[14]), let mode = DatabaseDefinition.Mode(rawValue: row[26])
        else { throw StoreError.corrupt("the lease \(id.quoted()) cannot be read") }
        return Lease(
            id: id, requestID: requestID, database: database, engine: engine, profile: profile,
            requester: Lease.Requester(
                user: row[6], uid: row[5], person: Person(rawValue: row[23]), key: row[24]),
            reason: try Column.optional(row[7], Reason.init),
            ticket: try Column.optional(row[8], Ticket.init),
            role: role, groups: try JSONText.decode([String].self, row[10]),
            narrowing: try (row[27] as String?).map { try JSONText.decode(Narrowing.self, $0) },
            narrowedGroup: row[28],
            isBreakGlass: row[25], createdAt: moment(row[11]),
            endsLatestAt: moment(row[12]), expiresAt: moment(row[13]), state: state, isTethered: row[22],
            roleOID: row[15],
            validUntil: moment(row[16]), endedAt: moment(row[17]),
            endReason: try Column.optional(row[18], Lease.EndReason.init), attempts: row[19],
            nextAttemptAt: moment(row[20]),
            obstacle: try (row[21] as String?).map { try JSONText.decode(Lease.Obstacle.self, $0) },
            mode: mode)
    }

    private static func moment(_ milliseconds: Int64) -> Date { Date(milliseconds: milliseconds) }
    private static func moment(_ milliseconds: Int64?) -> Date? { milliseconds.map(Date.init(milliseconds:)) }
}
