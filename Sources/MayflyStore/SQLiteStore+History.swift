import Foundation
import GRDB
package import MayflyCore

extension SQLiteStore {
    package func history(_ query: HistoryQuery) async throws(StoreError) -> History {
        try await read { db in try Self.history(query, db) }
    }

    /// As it stands in the transaction of `db`.
    static func history(_ query: HistoryQuery, _ db: Database) throws -> History {
        var history = History()
        let inAll = try db.cachedStatement(sql: LeaseSQL.countInAll)
        history.activeInAll = try Int.fetchOne(inAll, arguments: [query.profile.rawValue]) ?? 0
        history.held = try held(query, db)
        if let within = query.conflictsWithin, within > 0 { history.ended = try ended(query, within, db) }
        if query.wantsRequestsInHour { history.requestsInHour = try requestsInHour(query, db) }
        if query.wantsEarlier { history.earlier = try earlier(query, db) }
        return history
    }

    private static func held(_ query: HistoryQuery, _ db: Database) throws -> [History.Held] {
        guard query.conflictsWithin != nil else {
            // Of the profile alone, as no conflict asks for the others.
            let statement = try db.cachedStatement(sql: LeaseSQL.countOfPerson)
            let count =
                try Int.fetchOne(statement, arguments: [query.profile.rawValue, query.person.rawValue]) ?? 0
            return [History.Held(query.profile, count: count)]
        }
        let statement = try db.cachedStatement(sql: HistorySQL.held)
        return try Row.fetchAll(statement, arguments: [query.person.rawValue]).map { row in
            guard let profile = ProfileName(rawValue: row[0]), let state = Lease.State(rawValue: row[1])
            else {
                throw StoreError.corrupt("a lease cannot be read")
            }
            return History.Held(profile, count: row[2], countsAsActive: state.countsAsActive)
        }
    }

    private static func ended(
        _ query: HistoryQuery, _ within: Int, _ db: Database
    ) throws -> [ProfileName: Date] {
        let since = query.now.addingTimeInterval(-TimeInterval(within)).milliseconds
        let statement = try db.cachedStatement(sql: HistorySQL.ended)
        var ended: [ProfileName: Date] = [:]
        for row in try Row.fetchAll(statement, arguments: [query.person.rawValue, since]) {
            guard let profile = ProfileName(rawValue: row[0]) else {
                throw StoreError.corrupt("a lease cannot be read")
            }
            ended[profile] = Date(milliseconds: row[1])
        }
        return ended
    }

    private static func requestsInHour(_ query: HistoryQuery, _ db: Database) throws -> [String: Int] {
        let since = query.now.addingTimeInterval(-3600).milliseconds
        let statement = try db.cachedStatement(sql: HistorySQL.requestsInHour)
        let rows = try Row.fetchAll(statement, arguments: [query.person.rawValue, since])
        return Dictionary(uniqueKeysWithValues: rows.map { ($0[0] as String, $0[1] as Int) })
    }

    private static func earlier(_ query: HistoryQuery, _ db: Database) throws -> [History.Earlier] {
        let statement = try db.cachedStatement(sql: HistorySQL.earlier)
        let arguments: StatementArguments = [
            query.person.rawValue, query.profile.rawValue, History.earlierLimit,
        ]
        return try Row.fetchAll(statement, arguments: arguments).map { row in
            guard let state = AccessRequest.State(rawValue: row[2]) else {
                throw StoreError.corrupt("a request cannot be read")
            }
            return History.Earlier(
                at: Date(milliseconds: row[0]), ttl: (row[1] as Int?).map { TTL(clamping: $0) },
                result: History.Earlier.Result(state, byPeople: row[3] as Int > 0))
        }
    }
}

/// What a history is read with. Each is answered by an index, whatever there was before.
enum HistorySQL {
    static let held = """
        SELECT profile, state, count(*) FROM leases INDEXED BY leases_live_of_person
        WHERE person = ? AND due_at IS NOT NULL GROUP BY profile, state
        """
    /// A lease that failed never gave access.
    static let ended = """
        SELECT profile, max(ended_at) FROM leases INDEXED BY leases_ended_of_person
        WHERE person = ? AND ended_at > ? AND ended_at IS NOT NULL AND state = 'revoked' GROUP BY profile
        """
    /// What no rule decided, or a limit refused, is not counted: who asks too often would never be let in again.
    static let requestsInHour = """
        SELECT rule, count(*) FROM requests INDEXED BY requests_by_person
        WHERE person = ? AND created_at > ? AND rule IS NOT NULL
            AND (state <> 'denied' OR json_array_length(course, '$.votes') > 0)
        GROUP BY rule
        """
    static let earlier = """
        SELECT created_at, ttl, state, ifnull(json_array_length(course, '$.votes'), 0) FROM requests INDEXED BY requests_of_person
        WHERE person = ? AND profile = ? ORDER BY number DESC LIMIT ?
        """
}
