import Foundation
import GRDB
import MayflyCore

/// A sign-off as a row of `sign_offs`.
enum SignOffRow {
    /// All but the pack.
    static let columns = "id, database, period_from, period_to, sha256, note, signed_by, signed_at"

    static func insert(_ signOff: SignOff, _ db: Database) throws {
        let statement = try db.cachedStatement(
            sql: "INSERT INTO sign_offs (\(columns), pack) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
        try statement.execute(
            arguments: [
                signOff.id.rawValue, signOff.database.rawValue, signOff.period.from.milliseconds,
                signOff.period.to.milliseconds, signOff.sha256, signOff.note.rawValue,
                try JSONText.encode(signOff.by), signOff.at.milliseconds, signOff.pack,
            ])
    }

    static func signOff(_ row: Row) throws -> SignOff {
        let id: String = row[0]
        guard let id = SignOffID(rawValue: id), let database = DatabaseName(rawValue: row[1]),
            let note = Reason(rawValue: row[5])
        else { throw StoreError.corrupt("the sign-off \(id.quoted()) cannot be read") }
        return SignOff(
            id: id, database: database,
            period: try ReportPeriod(
                from: Date(milliseconds: row[2]), to: Date(milliseconds: row[3])),
            sha256: row[4], pack: row[8], note: note,
            by: try JSONText.decode(Lease.Requester.self, row[6]), at: Date(milliseconds: row[7]))
    }
}
