import Foundation
import GRDB
import MayflyCore

/// A request as a row of `requests`.
enum RequestRow {
    static let columns = """
        id, profile, uid, user, ttl, reason, ticket, created_at, rule, state, lease, person, identity, course, \
        narrowing
        """

    static func insert(_ request: AccessRequest, _ db: Database) throws {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO requests (\(columns), due_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        try statement.execute(
            arguments: [
                request.id.rawValue, request.profile.rawValue, request.requester.uid, request.requester.user,
                request.ttl?.seconds, request.reason?.rawValue, request.ticket?.rawValue,
                request.createdAt.milliseconds, request.rule, request.state.rawValue,
                request.leaseID?.rawValue, request.requester.person.rawValue, request.requester.key,
                try request.course.map(JSONText.encode), try request.narrowing.map(JSONText.encode),
                request.dueAt?.milliseconds,
            ])
    }

    /// Writes what can change.
    static func update(_ request: AccessRequest, _ db: Database) throws {
        let statement = try db.cachedStatement(
            sql: "UPDATE requests SET state = ?, lease = ?, course = ?, due_at = ? WHERE id = ?")
        try statement.execute(
            arguments: [
                request.state.rawValue, request.leaseID?.rawValue, try request.course.map(JSONText.encode),
                request.dueAt?.milliseconds, request.id.rawValue,
            ])
    }

    static func fetch(_ id: RequestID, _ db: Database) throws -> AccessRequest? {
        let statement = try db.cachedStatement(sql: "SELECT \(columns) FROM requests WHERE id = ?")
        return try Row.fetchOne(statement, arguments: [id.rawValue]).map(request)
    }

    /// Its lease became active, or the one that it extends was moved.
    static func markIssued(_ id: RequestID, _ db: Database) throws {
        guard var request = try fetch(id, db), request.issued() == .changed else { return }
        try update(request, db)
    }

    /// Its lease was not made.
    static func markUndone(_ lease: Lease, _ db: Database) throws {
        guard var request = try fetch(lease.requestID, db), request.undone(lease.id) == .changed else {
            return
        }
        try update(request, db)
    }

    static func request(_ row: Row) throws -> AccessRequest {
        let id: String = row[0]
        guard let id = RequestID(rawValue: id), let profile = ProfileName(rawValue: row[1]),
            let state = AccessRequest.State(rawValue: row[9])
        else { throw StoreError.corrupt("the request \(id.quoted()) cannot be read") }
        return AccessRequest(
            id: id, profile: profile,
            requester: Lease.Requester(
                user: row[3], uid: row[2], person: Person(rawValue: row[11]), key: row[12]),
            ttl: try (row[4] as Int?).map { seconds in try TTL(seconds: seconds) },
            reason: try Column.optional(row[5], Reason.init),
            ticket: try Column.optional(row[6], Ticket.init),
            narrowing: try (row[14] as String?).map { try JSONText.decode(Narrowing.self, $0) },
            createdAt: Date(milliseconds: row[7]), rule: row[8], state: state,
            leaseID: try Column.optional(row[10], LeaseID.init),
            course: try (row[13] as String?).map { try JSONText.decode(AccessRequest.Course.self, $0) })
    }
}
