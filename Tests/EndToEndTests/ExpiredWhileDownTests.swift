import Foundation
import GRDB
import MayflyAPI
import MayflyStore
import MayflyTesting
import SQLClients
import Testing

/// What other brokers jam on: thousands of leases that ended while the daemon was down.
@Suite(.serialized) struct ExpiredWhileDownTests {
    /// A multiple of 500. 15,000 took 102 s on two cores that others used, too.
    private static let count =
        ProcessInfo.processInfo.environment["MAYFLY_TEST_EXPIRED"].flatMap { Int($0) } ?? 5_000

    @Test(
        "Thousands of leases that expired while the daemon was down are ended, and meanwhile others are given"
    )
    func story() async throws {
        let world = try await World.make(settings: ["max_locks_per_transaction = 256"], connections: 4)
        try world.configure([("per_person: 100, total: 200", "per_person: 100, total: 100000")])
        // Makes the state.
        try await world.stop(try await world.startDaemon())
        try await makeRoles(world)
        try await keep(world)

        let clock = ContinuousClock()
        let began = clock.now
        let daemon = try await world.startDaemon()
        let answered = clock.now - began
        let reply = try await world.request()
        let issued = clock.now - began
        let role = try #require(reply.lease).role
        let left = try await world.roles().count
        try await eventually("all are gone", within: .seconds(400)) {
            try await world.roles() == [role]
        }
        print(
            "\(Self.count) expired: answers after \(answered), a lease after \(issued) with \(left) left, all gone after",
            clock.now - began)
        // Ready at once, whatever there is to do; and nobody waits for those that are over.
        #expect(answered < .seconds(20) && issued < .seconds(30))
        try await eventually("the state says so") {
            try await world.count("SELECT count(*) FROM leases WHERE state <> 'revoked'") == 1
        }
        let open = try await world.server.execute(
            "SELECT FROM mayfly.lease WHERE ended_at IS NULL", database: "mayfly")
        #expect(open.count == 1)
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
    }

    /// As the guard made them before the daemon went down: roles and rows of its register.
    private func makeRoles(_ world: World) async throws {
        try await world.server.psql(
            script: """
                UPDATE mayfly.guard SET max_live = 100000, max_issues_per_minute = 100000;
                DO $$
                BEGIN
                    FOR i IN 0 .. \(Self.count / 500 - 1) LOOP
                        PERFORM FROM mayfly.issue((SELECT jsonb_agg(jsonb_build_object(
                            'lease', gen_random_uuid(), 'role', 'mf_e2e_down_' || translate(to_char(i * 500 + n, 'FM0000000000000'), '0189', 'abcd'),
                            'verifier', 'SCRAM-SHA-256$1:' || repeat('A', 22) || '==$' || repeat('A', 43) || '=:' || repeat('A', 43) || '=',
                            'groups', jsonb_build_array('orders_readonly'), 'ttl_seconds', 3600, 'connection_limit', 5,
                            'settings', '{}'::jsonb, 'requester', 'somebody', 'reason', 'down')) FROM generate_series(1, 500) n));
                    END LOOP;
                END $$;
                UPDATE mayfly.lease SET created_at = now() - interval '2 days', valid_until = now() - interval '1 day';
                """, database: "mayfly")
        #expect(try await world.roles().count == Self.count)
    }

    /// What the state has of them.
    private func keep(_ world: World) async throws {
        let rows = try await world.server.execute(
            "SELECT lease::text AS id, role, role_oid::bigint AS oid FROM mayfly.lease", database: "mayfly")
        let made = try rows.map {
            (id: try $0.string("id"), role: try $0.string("role"), oid: try $0.int("oid"))
        }
        let state = try DatabaseQueue(path: world.statePath)
        let over = Int64((Date().timeIntervalSince1970 - 86_400) * 1000)
        try await state.write { db in
            for one in made {
                try db.execute(
                    sql: """
                        INSERT INTO requests (id, profile, uid, user, person, created_at, state, lease)
                            VALUES (?1, 'orders-read', 4000, 'somebody', 'uid:4000', 0, 'issued', ?1);
                        """, arguments: [one.id])
                try db.execute(
                    sql: """
                        INSERT INTO leases (id, request, database, engine, profile, uid, user, role, groups, created_at,
                                ends_latest_at, expires_at, valid_until, state, attempts, person, identity, role_oid)
                            VALUES (?1, ?1, 'orders', 'postgresql', 'orders-read', 4000, 'somebody', ?2, '["orders_readonly"]',
                                0, ?3, ?3, ?3, 'active', 0, 'uid:4000', 'uid:4000', ?4)
                        """, arguments: [one.id, one.role, over, one.oid])
            }
        }
        try state.close()
    }
}

extension World {
    fileprivate func count(_ sql: String) async throws -> Int {
        var configuration = GRDB.Configuration()
        configuration.readonly = true
        let state = try DatabaseQueue(path: statePath, configuration: configuration)
        let count = try await state.read { db in try Int.fetchOne(db, sql: sql) ?? 0 }
        try state.close()
        return count
    }
}
