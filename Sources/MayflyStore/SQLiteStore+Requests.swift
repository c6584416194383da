package import Foundation
import GRDB
package import MayflyCore

extension SQLiteStore {
    package func move<Outcome: Sendable>(
        _ id: RequestID, _ move: @escaping @Sendable (inout AccessRequest) -> RequestMove<Outcome>
    ) async throws(StoreError) -> RequestMoved<Outcome>? {
        try await writes.write(.record, durable: true) { db in
            guard let before = try RequestRow.fetch(id, db) else { return nil }
            var request = before
            let moved = move(&request)
            if request != before { try RequestRow.update(request, db) }
            if let use = moved.uses { try ApprovalRow.use(use, db) }
            try AuditLog.append(moved.events, db)
            return RequestMoved(request, moved.outcome)
        }
    }

    package func request(approvedBy issuer: String, _ id: String) async throws(StoreError) -> RequestID? {
        try await read { db in try ApprovalRow.request(issuer, id, db) }
    }

    package func dueRequests(now: Date, limit: Int) async throws(StoreError) -> [AccessRequest] {
        try await read { db in
            let statement = try db.cachedStatement(sql: RequestSQL.due)
            return try Row.fetchAll(statement, arguments: [now.milliseconds, max(limit, 0)])
                .map(RequestRow.request)
        }
    }

    package func nextDueRequest() async throws(StoreError) -> Date? {
        try await read { db in
            let statement = try db.cachedStatement(sql: RequestSQL.nextDue)
            return try Int64.fetchOne(statement).map(Date.init(milliseconds:))
        }
    }
}
