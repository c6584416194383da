import Foundation
import Logging
import MayflyCore
import MayflyServer
import MayflyTesting
import Testing

/// Reading back what groups give: how often, and what of it is on record.
struct PrivilegeReaderTests {
    @Test("A set of groups is read once for all its leases, and again only when time has passed")
    func once() async throws {
        let bench = try await BrokerTests.Bench()
        bench.engine.tellPrivileges(["SELECT on table public.orders"])
        for _ in 0..<5 {
            _ = try await bench.broker.issue(
                LeaseRequest(profile: bench.profile, ttl: nil, reason: nil, ticket: nil),
                by: BrokerTests.alice,
                idempotencyKey: nil)
        }
        try await eventually("it was read") { bench.engine.readings == 1 }
        let lease = try #require(try await bench.store.leases(LeaseQuery(limit: 1)).first)
        try await eventually("it is on record") {
            try await bench.store.audit(AuditQuery(action: .privilegesRead)).count == 1
        }
        let (readings, unknown) = try await bench.broker.privileges(of: lease)
        #expect(readings.count == 1 && unknown == nil)
        #expect(readings.first?.privileges.entries.map(\.line) == ["SELECT on table public.orders"])
        let record = try #require(
            try await bench.store.audit(AuditQuery(action: .privilegesRead)).first?.event)
        #expect(
            record.details["sha256"] == readings.first?.hash && record.details["groups"] == "orders_readonly")
        #expect(bench.engine.readings == 1)

        // Another content, found at the interval: both are the lease's.
        bench.engine.tellPrivileges(["DELETE on table public.orders"])
        try await eventually("it was read again") {
            bench.clock.advance(by: .seconds(30))
            return bench.engine.readings >= 2
        }
        try await eventually("that is on record") {
            try await bench.store.audit(AuditQuery(action: .privilegesRead)).count == 2
        }
        let later = try await bench.broker.privileges(of: lease).0
        #expect(
            later.flatMap(\.privileges.entries).map(\.line) == [
                "SELECT on table public.orders", "DELETE on table public.orders",
            ])
        await bench.broker.stop()
    }

    @Test("What cannot be read keeps no lease from being given, and is said so")
    func unreadable() async throws {
        let bench = try await BrokerTests.Bench()
        let issued = try await bench.broker.issue(
            LeaseRequest(profile: bench.profile, ttl: nil, reason: nil, ticket: nil), by: BrokerTests.alice,
            idempotencyKey: nil)
        let (readings, unknown) = try await bench.broker.privileges(of: issued.lease)
        #expect(readings.isEmpty && unknown != nil)
        await bench.broker.stop()
    }
}
