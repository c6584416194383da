import Foundation
import GRDB
import MayflyCore

/// An enrolment as a row of `mfa_enrolments`.
enum MFARow {
    private static let columns = """
        id, person, uid, user, created_at, state, secret, confirmed_at, removed_at, last_step, last_used_at, failures,
        lockouts, locked_until
        """

    static func insert(_ enrolment: MFAEnrolment, _ db: Database) throws {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO mfa_enrolments (\(columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        try statement.execute(
            arguments: [
                enrolment.id.rawValue, enrolment.person.rawValue, enrolment.uid, enrolment.user,
                enrolment.createdAt.milliseconds, enrolment.state.rawValue, enrolment.secret.map { Data($0) },
                enrolment.confirmedAt?.milliseconds, enrolment.removedAt?.milliseconds, enrolment.lastStep,
                enrolment.lastUsedAt?.milliseconds, enrolment.failures, enrolment.lockouts,
                enrolment.lockedUntil?.milliseconds,
            ])
    }

    /// Writes what can change.
    static func update(_ enrolment: MFAEnrolment, _ db: Database) throws {
        let statement = try db.cachedStatement(
            sql: """
                UPDATE mfa_enrolments SET state = ?, secret = ?, confirmed_at = ?, removed_at = ?, last_step = ?,
                    last_used_at = ?, failures = ?, lockouts = ?, locked_until = ?
                WHERE id = ?
                """)
        try statement.execute(
            arguments: [
                enrolment.state.rawValue, enrolment.secret.map { Data($0) },
                enrolment.confirmedAt?.milliseconds,
                enrolment.removedAt?.milliseconds, enrolment.lastStep, enrolment.lastUsedAt?.milliseconds,
                enrolment.failures, enrolment.lockouts, enrolment.lockedUntil?.milliseconds,
                enrolment.id.rawValue,
            ])
    }

    /// The one that is not removed: the person's before one that the uid made under another name.
    static func fetch(of holder: MFAHolder, _ db: Database) throws -> MFAEnrolment? {
        let statement = try db.cachedStatement(
            sql: """
                SELECT \(columns) FROM mfa_enrolments WHERE state <> 'removed' AND (person = ?1 OR uid = ?2)
                ORDER BY person = ?1 DESC LIMIT 1
                """)
        return try Row.fetchOne(statement, arguments: [holder.person.rawValue, holder.uid]).map(enrolment)
    }

    static func fetchAll(_ db: Database) throws -> [MFAEnrolment] {
        let statement = try db.cachedStatement(
            sql: "SELECT \(columns) FROM mfa_enrolments WHERE state <> 'removed' ORDER BY number")
        return try Row.fetchAll(statement).map(enrolment)
    }

    private static func enrolment(_ row: Row) throws -> MFAEnrolment {
        let id: String = row[0]
        guard let id = MFAEnrolmentID(rawValue: id), let state = MFAEnrolment.State(rawValue: row[5]) else {
            throw StoreError.corrupt("the enrolment \(id.quoted()) cannot be read")
        }
        let moment = { (index: Int) in (row[index] as Int64?).map(Date.init(milliseconds:)) }
        return MFAEnrolment(
            id: id, person: Person(rawValue: row[1]), uid: row[2], user: row[3],
            createdAt: Date(milliseconds: row[4]), state: state,
            secret: (row[6] as Data?).map { [UInt8]($0) },
            confirmedAt: moment(7), removedAt: moment(8), lastStep: row[9], lastUsedAt: moment(10),
            failures: row[11], lockouts: row[12], lockedUntil: moment(13))
    }
}
