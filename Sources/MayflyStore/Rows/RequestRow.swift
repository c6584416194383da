import Foundation
import GRDB
import MayflyCore

/// A request as a row of `requests`.
enum RequestRow {
    static let columns = "id, profile, uid, user, ttl, reason, ticket, created_at, rule, state, lease"

    static func insert(_ request: AccessRequest, _ db: Database) throws {
        let statement = try db.cachedStatement(
            sql: "INSERT INTO requests (\(columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        try statement.execute(
            arguments: [
                request.id.rawValue, request.profile.rawValue, request.requester.uid, request.requester.user,
                request.ttl?.seconds, request.reason?.rawValue, request.ticket?.rawValue,
                request.createdAt.milliseconds, request.rule, request.state.rawValue,
                request.leaseID?.rawValue,
            ])
    }

    static func fetch(_ id: RequestID, _ db: Database) throws -> AccessRequest? {
        let statement = try db.cachedStatement(sql: "SELECT \(columns) FROM requests WHERE id = ?")
        return try Row.fetchOne(statement, arguments: [id.rawValue]).map(request)
    }

    /// Its lease became active.
    static func markIssued(_ id: RequestID, _ db: Database) throws {
        guard var request = try fetch(id, db), request.issued() == .changed else { return }
        let statement = try db.cachedStatement(sql: "UPDATE requests SET state = ? WHERE id = ?")
        try statement.execute(arguments: [request.state.rawValue, id.rawValue])
    }

    static func request(_ row: Row) throws -> AccessRequest {
        let id: String = row[0]
        guard let id = RequestID(rawValue: id), let profile = ProfileName(rawValue: row[1]),
            let state = AccessRequest.State(rawValue: row[9])
        else { throw StoreError.corrupt("the request \(id.quoted()) cannot be read") }
        return AccessRequest(
            id: id, profile: profile, requester: Lease.Requester(user: row[3], uid: row[2]),
            ttl: try (row[4] as Int?).map { seconds in try TTL(seconds: seconds) },
            reason: try Column.optional(row[5], Reason.init),
            ticket: try Column.optional(row[6], Ticket.init),
            createdAt: Date(milliseconds: row[7]), rule: row[8], state: state,
            leaseID: try Column.optional(row[10], LeaseID.init))
    }
}
