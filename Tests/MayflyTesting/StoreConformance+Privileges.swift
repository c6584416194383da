import Foundation
import MayflyCore
import Testing

private typealias Sample = StoreConformanceSample

extension StoreConformance {
    static let privileges = [
        StoreConformance("what groups give is recorded when it is news, and confirmed when it is not") {
            store in
            let first = Sample.reading("a", at: 0)
            #expect(try await store.record(first, audit: Sample.event(.privilegesRead)))
            #expect(
                try await !store.record(Sample.reading("a", at: 60), audit: Sample.event(.privilegesRead)))
            #expect(
                try await store.record(Sample.reading("b", at: 120), audit: Sample.event(.privilegesRead)))
            // Back to what it was: news again, with the same content.
            #expect(
                try await store.record(Sample.reading("a", at: 180), audit: Sample.event(.privilegesRead)))
            let found = try await store.readings(from: 0, to: 600)
            #expect(found.map(\.hash) == ["hash-a", "hash-b", "hash-a"])
            #expect(found.first?.privileges == first.privileges)
            #expect(found.map { $0.confirmedAt.timeIntervalSince($0.readAt) } == [60, 0, 0])
            #expect(
                try await store.audit(AuditQuery()).map(\.event.action)
                    == .init(repeating: .privilegesRead, count: 3))
            #expect(try await store.firstBrokenAuditRecord() == nil)
        },
        StoreConformance("a lease's privileges are those in force when it began, and what came later") {
            store in
            for (name, second) in [("a", 0.0), ("b", 100), ("c", 200)] {
                _ = try await store.record(
                    Sample.reading(name, at: second), audit: Sample.event(.privilegesRead))
            }
            #expect(try await store.readings(from: 150, to: 160).map(\.hash) == ["hash-b"])
            #expect(
                try await store.readings(from: 50, to: 200).map(\.hash) == ["hash-a", "hash-b", "hash-c"])
            // Made a moment before it was first read.
            #expect(try await store.readings(from: -5, to: 50).map(\.hash) == ["hash-a"])
            #expect(try await store.readings(from: -5, to: -1).isEmpty)
            let other = try await store.privilegeReadings(
                Sample.orders, groups: ["orders_readonly"], from: Sample.now, to: .distantFuture)
            #expect(other.isEmpty)
        },
        StoreConformance("the sets of groups that live leases have are told, narrowed ones by their own") {
            store in
            _ = try await store.admitted(try Sample.admission(), activeAt: Sample.now)
            _ = try await store.admitted(try Sample.admission(uid: 1002), activeAt: Sample.now)
            _ = try await store.admitted(try Sample.admission(uid: 1003))
            let narrowed = try await store.admitted(try Sample.narrowed(to: ["orders"], nil))
            let made = Lease.Event.made(roleOID: 1, validUntil: narrowed.expiresAt, narrowedGroup: "mfn_x")
            _ = try await store.step(narrowed, made, at: Sample.now)
            let groups = ["odd \"group\"", "orders_readonly"]
            #expect(try await store.liveGroups(Sample.orders) == [groups, ["mfn_x"]])
            _ = try await store.step(narrowed, .ending(.revoked, attemptAt: Sample.now), at: Sample.now)
            #expect(try await store.liveGroups(Sample.orders) == [groups])
            #expect(try await store.liveGroups(DatabaseName(unchecked: "other")).isEmpty)
        },
    ]
}

extension StoreConformanceSample {
    /// - Parameter second: after `now`.
    static func reading(_ name: String, at second: TimeInterval) -> PrivilegeReading {
        PrivilegeReading(
            database: orders, groups: ["orders_readonly", "odd \"group\""],
            privileges: .init([
                .init(kind: "table", name: "sales.\(name)", privileges: ["INSERT", "SELECT"]),
                .init(kind: "schema", name: "public", privileges: ["USAGE"], isPublic: true),
            ]), hash: "hash-\(name)", readAt: now.addingTimeInterval(second))
    }
}

extension Store {
    fileprivate func readings(from: TimeInterval, to: TimeInterval) async throws -> [PrivilegeReading] {
        try await privilegeReadings(
            StoreConformanceSample.orders, groups: ["odd \"group\"", "orders_readonly"],
            from: StoreConformanceSample.now.addingTimeInterval(from),
            to: StoreConformanceSample.now.addingTimeInterval(to))
    }
}
