import Foundation
import GRDB
import MayflyCore
import MayflyTesting
import Testing

@testable import MayflyStore

@Suite("100,000 live leases among 150,000")
struct ManyLeasesTests {
    private typealias Sample = StoreConformanceSample

    private static let month: ReportPeriod? = try? ReportPeriod(
        from: Sample.now.addingTimeInterval(-30 * 86_400), to: Sample.now)

    static let hotPaths: [(String, String)] = [
        ("claimDue", LeaseSQL.due), ("nextDue", LeaseSQL.nextDue), ("liveLeases", LeaseSQL.live),
        ("claim", LeaseSQL.free), ("recover's claims", LeaseSQL.forgetClaims),
        ("recover's attempts", LeaseSQL.makeDue),
        ("the quota of a person", LeaseSQL.countOfPerson(isWhole: true)),
        ("the quota of some identities", LeaseSQL.countOfPerson(isWhole: false)),
        ("what a person holds", HistorySQL.held(isWhole: true)),
        ("what some identities hold", HistorySQL.held(isWhole: false)),
        ("what a person held", HistorySQL.ended(isWhole: true)),
        ("what some identities held", HistorySQL.ended(isWhole: false)),
        ("requests of an hour", HistorySQL.requestsInHour(isWhole: true)),
        ("requests of some identities in an hour", HistorySQL.requestsInHour(isWhole: false)),
        ("earlier requests", HistorySQL.earlier(isWhole: true)),
        ("earlier requests of some identities", HistorySQL.earlier(isWhole: false)),
        ("other names on record", Recorded.others),
        ("the quota in all", LeaseSQL.countInAll),
        ("due requests", RequestSQL.due), ("nextDueRequest", RequestSQL.nextDue),
        ("the waiting requests of a person", RequestSQL.waitingOfPerson(isWhole: true)),
        ("the waiting requests of some identities", RequestSQL.waitingOfPerson(isWhole: false)),
        ("an open extension", RequestSQL.extending(isWhole: true)),
        ("an open extension of some identities", RequestSQL.extending(isWhole: false)),
        ("the lockdowns in force", LockdownRow.inForce),
        ("the reviews that are due", ReviewRow.due),
        ("a person's open reviews", ReviewRow.openOfPerson),
        ("all that is live", LeaseSQL.allLive),
        ("a page of pending requests", SQLiteStore.select(RequestQuery(states: [.pending]))?.sql ?? ""),
        ("a page of live leases", SQLiteStore.select(LeaseQuery(states: [.active, .creating]))?.sql ?? ""),
        ("my live leases", SQLiteStore.select(LeaseQuery(uid: 1, states: [.active]))?.sql ?? ""),
        ("a page of all leases", SQLiteStore.select(LeaseQuery(before: LeaseID()))?.sql ?? ""),
        (
            "a lease by the beginning of its id",
            SQLiteStore.select(LeaseQuery(uid: 1, idPrefix: "abcd"))?.sql ?? ""
        ),
        ("leases that end soon", LeaseSQL.expiring),
        ("a page of what lived in a period", SQLiteStore.select(LeaseQuery(lived: month))?.sql ?? ""),
        (
            "a page of what one identity had in a period",
            SQLiteStore.select(LeaseQuery(uid: 1, key: "uid:1", lived: month))?.sql ?? ""
        ),
        ("a page of what was asked in a period", SQLiteStore.select(RequestQuery(madeIn: month))?.sql ?? ""),
        (
            "sign-offs of a database", SQLiteStore.select(SignOffQuery(database: Sample.orders))?.sql ?? ""
        ),
        ("the newest records", SQLiteStore.select(AuditQuery(newest: true)).sql),
        ("the records about a person", SQLiteStore.select(AuditQuery(newest: true, concerning: 1)).sql),
        ("the records about a lease", SQLiteStore.select(AuditQuery(after: 5, lease: LeaseID())).sql),
    ]

    @Test("Each hot path finds its rows by an index, sorts nothing, and is as quick as with few")
    func plans() async throws {
        try await withScratchDirectory { directory in
            let store = try SQLiteStore(path: directory + "/state.db", options: .init(reserve: 0))
            try await fill(store)
            for (name, sql) in Self.hotPaths {
                let plan = try await store.pool.read { db in
                    try Row.fetchAll(
                        db, sql: "EXPLAIN QUERY PLAN " + sql,
                        arguments: StatementArguments(
                            Array(repeating: DatabaseValue.null, count: sql.count { $0 == "?" }))
                    ).map { row in row["detail"] as String }
                }
                for detail in plan {
                    // A scan is fine along an index that holds live leases only, or lockdowns in force, or along
                    // the numbers for a page.
                    let scansAll =
                        detail.hasPrefix("SCAN") && !detail.contains("json_each")
                        && !detail.contains("USING INDEX leases_live")
                        && !detail.contains("USING INDEX lockdowns_in_force")
                        && !detail.contains("USING COVERING INDEX leases_live") && !sql.contains("LIMIT 100")
                    #expect(!scansAll, "\(name): \(detail)")
                    // The few matches of a prefix are sorted, and what one person has is grouped; nothing else is.
                    let isFew = sql.contains("id >= ?") || sql.contains("GROUP BY")
                    #expect(!detail.contains("TEMP B-TREE") || isFew, "\(name): \(detail)")
                }
            }
            try await checkSpeed(store)
            await store.close()
        }
    }

    private func checkSpeed(_ store: SQLiteStore) async throws {
        let now = Sample.now.addingTimeInterval(1_000_000)
        let claim = Sample.claim(until: now.addingTimeInterval(60))
        let clock = ContinuousClock()
        let elapsed = try await clock.measure {
            for _ in 0..<20 {
                #expect(try await store.nextDue(Sample.orders, .first) != nil)
                #expect(
                    try await store.claimDue(Sample.orders, .first, now: now, limit: 10, claim: claim).count
                        == 10)
                _ = try await store.admitted(
                    Sample.admission(uid: 777, quota: Quota(perPerson: 1000, total: 1_000_000)))
                #expect(try await store.counts().count >= 2)
                #expect(try await store.leases(LeaseQuery(states: [.active], limit: 10)).count == 10)
            }
        }
        try await checkReport(store)
        // A scan of the table for each of the 100 calls would take many times that; measured: 0.15 s.
        #expect(elapsed < .seconds(30), "\(elapsed)")
    }

    /// All of 150,000 leases with their requests, and a page of few.
    private func checkReport(_ store: SQLiteStore) async throws {
        let period = try ReportPeriod(from: .init(timeIntervalSince1970: 0), to: Sample.now)
        var query = LeaseQuery(lived: period, limit: 1000)
        var count = 0
        let clock = ContinuousClock()
        let elapsed = try await clock.measure {
            repeat {
                let page = try await store.leases(query)
                let requests = RequestQuery(ids: page.map(\.requestID), limit: page.count)
                #expect(try await store.requests(requests).count == page.count)
                count += page.count
                query.before = page.count == 1000 ? page.last?.id : nil
            } while query.before != nil
        }
        #expect(count >= 150_000)
        #expect(elapsed < .seconds(60), "\(elapsed)")
    }

    /// Rows put in by SQL, the way they look after 150,000 leases of which the last 100,000 live.
    private func fill(_ store: SQLiteStore) async throws {
        try await store.pool.write { db in
            try db.execute(
                sql: """
                    CREATE TEMP TABLE n AS
                        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 150000)
                        SELECT i, printf('%08x-0000-4000-8000-%012x', i * 7919 % 1000003, i) AS id,
                            'mf_eu1_x_' || replace(replace(replace(replace(printf('%013d', i),
                                '0', 'a'), '1', 'b'), '8', 'c'), '9', 'd') AS role FROM n;
                    INSERT INTO requests (id, profile, uid, user, person, created_at, state, lease)
                        SELECT id, 'orders-read', i % 50, 'u', 'uid:' || i % 50, 0, 'issued', id FROM n;
                    INSERT INTO leases (id, request, database, engine, profile, uid, user, role, groups, created_at,
                            ends_latest_at, expires_at, state, ended_at, attempts, person, identity)
                        SELECT id, id, 'orders', 'postgresql', 'orders-read', i % 50, 'u', role, '[]', 0, 0,
                            1763734770123 + i * 7919 % 1000003,
                            iif(i > 50000, 'active', 'revoked'), iif(i > 50000, NULL, 0), 0, 'uid:' || i % 50, 'uid:' || i % 50
                        FROM n;
                    DROP TABLE n;
                    """)
        }
    }
}
