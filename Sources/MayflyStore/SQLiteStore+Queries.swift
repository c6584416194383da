import Foundation
import GRDB
package import MayflyCore

extension SQLiteStore {
    package func lease(_ id: LeaseID) async throws(StoreError) -> Lease? {
        try await read { db in try LeaseRow.fetch(id, db) }
    }

    package func leases(_ query: LeaseQuery) async throws(StoreError) -> [Lease] {
        guard let select = Self.select(query) else { return [] }
        return try await read { db in
            try Row.fetchAll(db, sql: select.sql, arguments: select.arguments).map(LeaseRow.lease)
        }
    }

    package func request(_ id: RequestID) async throws(StoreError) -> AccessRequest? {
        try await read { db in try RequestRow.fetch(id, db) }
    }

    package func requests(_ query: RequestQuery) async throws(StoreError) -> [AccessRequest] {
        guard let select = Self.select(query) else { return [] }
        return try await read { db in
            try Row.fetchAll(db, sql: select.sql, arguments: select.arguments).map(RequestRow.request)
        }
    }

    /// - Returns: nil when nothing can match.
    static func select(_ query: RequestQuery) -> (sql: String, arguments: StatementArguments)? {
        var conditions = Conditions()
        if let ids = query.ids { conditions.add("id", among: ids.map(\.rawValue)) }
        if let period = query.madeIn {
            // Those that came before all of them are not looked at.
            conditions.add(
                """
                number >= (SELECT min(number) FROM requests INDEXED BY requests_created WHERE created_at >= ?)
                AND +created_at >= ? AND +created_at <= ?
                """,
                [period.from.milliseconds, period.from.milliseconds, period.to.milliseconds])
        }
        conditions.add(query.idPrefix == nil ? "uid = ?" : "+uid = ?", query.uid)
        conditions.add("identity = ?", query.key)
        conditions.add("person = ?", query.person?.rawValue)
        conditions.add("profile = ?", query.profile?.rawValue)
        conditions.add("number < (SELECT number FROM requests WHERE id = ?)", query.before?.rawValue)
        if let prefix = query.idPrefix {
            guard prefix.utf8.count >= 4 else { return nil }
            conditions.add("id >= ? AND id < ?", [prefix, prefix + "\u{10FFFF}"])
        }
        var index = ""
        if let states = query.states {
            guard !states.isEmpty else { return nil }
            conditions.add("state", oneOf: states.map(\.rawValue))
            if states == [.pending] {
                conditions.add("due_at IS NOT NULL")
                if query.uid == nil, query.person == nil, query.idPrefix == nil {
                    index = "INDEXED BY requests_waiting"
                }
            }
        }
        let sql = """
            SELECT \(RequestRow.columns) FROM requests \(index) \(conditions.clause)
            ORDER BY number DESC LIMIT \(max(query.limit, 0))
            """
        return (sql, conditions.arguments)
    }

    /// - Returns: nil when nothing can match.
    static func select(_ query: LeaseQuery) -> (sql: String, arguments: StatementArguments)? {
        var conditions = Conditions()
        if let ids = query.ids { conditions.add("id", among: ids.map(\.rawValue)) }
        if let period = query.lived {
            let from = period.from.milliseconds
            // As `ReportPeriod.meets`. The first of those that live, or of those that ended since, is found by an index:
            // what came before it is not looked at, page by page.
            conditions.add(
                """
                number >= min(
                    ifnull((SELECT min(number) FROM leases INDEXED BY leases_live WHERE due_at IS NOT NULL), ?),
                    ifnull((SELECT min(number) FROM leases INDEXED BY leases_ended
                        WHERE ended_at >= ? AND ended_at IS NOT NULL), ?))
                AND +created_at <= ? AND (ended_at IS NULL OR +ended_at >= ?)
                """, [Int64.max, from, Int64.max, period.to.milliseconds, from])
        }
        if let roles = query.roles { conditions.add("role", among: roles.map(\.rawValue)) }
        // The plus keeps a prefix from being looked for among all that a person ever had.
        conditions.add(query.idPrefix == nil ? "uid = ?" : "+uid = ?", query.uid)
        conditions.add("identity = ?", query.key)
        if let identities = query.identities {
            let (keys, users) = (identities.keys.sorted(), identities.users.sorted())
            let theirs = """
                identity IN (\(Conditions.marks(keys))) OR identity IN (
                    SELECT identity FROM identities WHERE user IN (\(Conditions.marks(users))))
                """
            let values = [identities.person.rawValue] + keys + users
            conditions.add(
                """
                person IN (SELECT ? UNION ALL SELECT person FROM identities WHERE \(theirs))
                AND (person = ? OR \(theirs))
                """, values + values)
        }
        conditions.add("user = ?", query.requester)
        if let who = query.who { conditions.add("(user = ? OR +person = ?)", [who, who]) }
        conditions.add("database = ?", query.database?.rawValue)
        conditions.add("profile = ?", query.profile?.rawValue)
        if let prefix = query.idPrefix {
            // A range of the index, not LIKE: nothing in a prefix is a wildcard.
            guard prefix.utf8.count >= 4 else { return nil }
            conditions.add("id >= ? AND id < ?", [prefix, prefix + "\u{10FFFF}"])
        }
        conditions.add("tethered = ?", query.isTethered)
        conditions.add("expires_at > ?", query.expiresAfter?.milliseconds)
        conditions.add("(SELECT rule FROM requests WHERE requests.id = leases.request) = ?", query.rule)
        conditions.add("number < (SELECT number FROM leases WHERE id = ?)", query.before?.rawValue)
        var index = ""
        if query.isTethered == true, query.states == [.active] {
            // In so many words, as the index has them.
            conditions.add("tethered = 1 AND state = 'active'")
            index = "INDEXED BY leases_tethered"
        } else if let states = query.states {
            guard !states.isEmpty else { return nil }
            conditions.add("state", oneOf: states.map(\.rawValue))
            if !states.contains(where: \.isFinal) {
                conditions.add("due_at IS NOT NULL")
                // Not left to the planner, which has no figures of how few of the leases are live.
                if query.ids == nil, query.roles == nil, query.idPrefix == nil {
                    let of = query.identities != nil ? "_of_person" : query.uid != nil ? "_of_uid" : ""
                    index = "INDEXED BY leases_live\(of)"
                }
            }
        }
        let sql = """
            SELECT \(LeaseRow.columns) FROM leases \(index) \(conditions.clause)
            ORDER BY number DESC LIMIT \(max(query.limit, 0))
            """
        return (sql, conditions.arguments)
    }
}
