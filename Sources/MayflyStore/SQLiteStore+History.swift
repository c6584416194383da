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
        var earlier: [(number: Int64, History.Earlier)] = []
        for name in try Recorded(query.identities, db).names {
            history.held += try held(query, name, db)
            if let within = query.conflictsWithin, within > 0 {
                history.ended.merge(try ended(query, within, name, db)) { max($0, $1) }
            }
            if query.wantsRequestsInHour {
                history.requestsInHour.merge(try requestsInHour(query, name, db)) { $0 + $1 }
            }
            if query.wantsEarlier { earlier += try self.earlier(query, name, db) }
        }
        history.earlier = earlier.sorted { $0.number > $1.number }.prefix(History.earlierLimit).map(\.1)
        if query.wantsReviews {
            history.note(try ReviewRow.open(of: query.identities, db), now: query.now)
        }
        return history
    }

    /// - Parameter values: what else is bound, before the identities that are meant.
    static func rows(
        _ sql: (_ isWhole: Bool) -> String, _ values: StatementArguments, _ name: Recorded.Name,
        _ db: Database
    ) throws -> [Row] {
        let statement = try db.cachedStatement(sql: sql(name.keys == nil))
        return try Row.fetchAll(
            statement, arguments: name.keys.map { values + StatementArguments([$0]) } ?? values)
    }

    private static func held(
        _ query: HistoryQuery, _ name: Recorded.Name, _ db: Database
    ) throws -> [History.Held] {
        guard query.conflictsWithin != nil else {
            // Of the profile alone, as no conflict asks for the others.
            let rows = try rows(LeaseSQL.countOfPerson, [query.profile.rawValue, name.person], name, db)
            return rows.map { History.Held(query.profile, count: $0[0]) }.filter { $0.count > 0 }
        }
        return try rows(HistorySQL.held, [name.person], name, db).map { row in
            guard let profile = ProfileName(rawValue: row[0]), let state = Lease.State(rawValue: row[1])
            else {
                throw StoreError.corrupt("a lease cannot be read")
            }
            return History.Held(profile, count: row[2], countsAsActive: state.countsAsActive)
        }
    }

    private static func ended(
        _ query: HistoryQuery, _ within: Int, _ name: Recorded.Name, _ db: Database
    ) throws -> [ProfileName: Date] {
        let since = query.now.addingTimeInterval(-TimeInterval(within)).milliseconds
        var ended: [ProfileName: Date] = [:]
        for row in try rows(HistorySQL.ended, [name.person, since], name, db) {
            guard let profile = ProfileName(rawValue: row[0]) else {
                throw StoreError.corrupt("a lease cannot be read")
            }
            ended[profile] = Date(milliseconds: row[1])
        }
        return ended
    }

    private static func requestsInHour(
        _ query: HistoryQuery, _ name: Recorded.Name, _ db: Database
    ) throws -> [String: Int] {
        let since = query.now.addingTimeInterval(-3600).milliseconds
        let values: StatementArguments = [name.person, since, query.before?.rawValue]
        let rows = try rows(HistorySQL.requestsInHour, values, name, db)
        return Dictionary(uniqueKeysWithValues: rows.map { ($0[0] as String, $0[1] as Int) })
    }

    private static func earlier(
        _ query: HistoryQuery, _ name: Recorded.Name, _ db: Database
    ) throws -> [(number: Int64, History.Earlier)] {
        let values: StatementArguments = [name.person, query.profile.rawValue, query.before?.rawValue]
        return try rows(HistorySQL.earlier, values, name, db).map { row in
            guard let id = RequestID(rawValue: row[1]), let state = AccessRequest.State(rawValue: row[4])
            else {
                throw StoreError.corrupt("a request cannot be read")
            }
            return (
                row[0],
                History.Earlier(
                    id: id, at: Date(milliseconds: row[2]), ttl: (row[3] as Int?).map { TTL(clamping: $0) },
                    result: History.Earlier.Result(state, byPeople: row[5] as Int > 0))
            )
        }
    }
}

/// What a history is read with. Each is answered by an index, whatever there was before.
///
/// With `isWhole` for all that is recorded under a person's name, else for some of the identities that are.
enum HistorySQL {
    static func held(isWhole: Bool) -> String {
        """
        SELECT profile, state, count(*) FROM leases INDEXED BY leases_live_of_person
        WHERE person = ? AND due_at IS NOT NULL\(only(isWhole)) GROUP BY profile, state
        """
    }

    /// A lease that failed never gave access.
    static func ended(isWhole: Bool) -> String {
        """
        SELECT profile, max(ended_at) FROM leases INDEXED BY leases_ended_of_person
        WHERE person = ? AND ended_at > ? AND ended_at IS NOT NULL AND state = 'revoked'\(only(isWhole))
        GROUP BY profile
        """
    }

    /// What no rule decided, or a limit refused, is not counted: who asks too often would never be let in again.
    static func requestsInHour(isWhole: Bool) -> String {
        """
        SELECT rule, count(*) FROM requests INDEXED BY requests_by_person
        WHERE person = ? AND created_at > ? AND rule IS NOT NULL AND \(before)
            AND (state <> 'denied' OR json_array_length(course, '$.votes') > 0)\(only(isWhole))
        GROUP BY rule
        """
    }

    static func earlier(isWhole: Bool) -> String {
        """
        SELECT number, id, created_at, ttl, state, ifnull(json_array_length(course, '$.votes'), 0)
        FROM requests INDEXED BY requests_of_person
        WHERE person = ? AND profile = ? AND \(before)\(only(isWhole))
        ORDER BY number DESC LIMIT \(History.earlierLimit)
        """
    }

    private static let before =
        "number < ifnull((SELECT number FROM requests WHERE id = ?), 9223372036854775807)"

    static func only(_ isWhole: Bool) -> String {
        isWhole ? "" : " AND identity IN (SELECT value FROM json_each(?))"
    }
}
