import Foundation
import MayflyCore
import Testing

private typealias Sample = StoreConformanceSample

extension StoreConformance {
    static let queries = [
        StoreConformance("leases are listed newest first, page by page") { store in
            var ids: [LeaseID] = []
            for _ in 0..<7 { ids.insert(try await store.admitted(Sample.admission()).id, at: 0) }
            var seen: [LeaseID] = []
            var before: LeaseID?
            repeat {
                let page = try await store.leases(LeaseQuery(before: before, limit: 3))
                seen += page.map(\.id)
                before = page.last?.id
            } while before != nil
            #expect(seen == ids)
            #expect(try await store.leases(LeaseQuery(before: LeaseID())) == [])
            #expect(try await store.leases(LeaseQuery(limit: 0)) == [])
        },
        StoreConformance("leases are found by each of their traits, and by several at once") { store in
            let stock = DatabaseName(unchecked: "stock")
            let write = ProfileName(unchecked: "orders-write")
            let first = try await store.admitted(Sample.admission(uid: 1))
            let second = try await store.admitted(
                Sample.admission(uid: 2, profile: write), activeAt: Sample.now)
            let third = try await store.admitted(Sample.admission(uid: 2, database: stock))
            _ = try await store.step(third, .undone, at: Sample.now)
            func ids(_ query: LeaseQuery) async throws -> [LeaseID] {
                try await store.leases(query).map(\.id)
            }
            #expect(try await ids(LeaseQuery(ids: [first.id, third.id, LeaseID()])) == [third.id, first.id])
            #expect(try await ids(LeaseQuery(ids: [])) == [])
            // More than a statement has places for values.
            let many = (0..<40_000).map { _ in LeaseID() } + [second.id]
            #expect(try await ids(LeaseQuery(ids: many)) == [second.id])
            #expect(try await ids(LeaseQuery(roles: [second.role])) == [second.id])
            #expect(try await ids(LeaseQuery(roles: [])) == [])
            let roles =
                (0..<40_000).map { number in
                    RoleName(
                        tag: InstallationTag(rawValue: "eu1")!, requester: "nobody",  // a literal that is one
                        random: (0..<RoleName.randomLength).map { UInt8(truncatingIfNeeded: number >> $0) })
                } + [second.role, first.role]
            #expect(try await ids(LeaseQuery(roles: roles, limit: roles.count)) == [second.id, first.id])
            #expect(try await ids(LeaseQuery(uid: 2)) == [third.id, second.id])
            #expect(try await ids(LeaseQuery(requester: "user1")) == [first.id])
            #expect(try await ids(LeaseQuery(requester: "user1' OR 1=1 --")) == [])
            #expect(try await ids(LeaseQuery(database: stock)) == [third.id])
            #expect(try await ids(LeaseQuery(profile: write)) == [second.id])
            #expect(try await ids(LeaseQuery(states: [.creating, .active])) == [second.id, first.id])
            #expect(try await ids(LeaseQuery(states: [.failed, .active])) == [third.id, second.id])
            #expect(try await ids(LeaseQuery(states: [])) == [])
            #expect(
                try await ids(LeaseQuery(uid: 2, database: Sample.orders, states: [.active])) == [second.id])
        },
        StoreConformance("tethered leases are found until they are untethered or end") { store in
            let lease = try await store.admitted(Sample.admission(), activeAt: Sample.now)
            let other = try await store.admitted(Sample.admission(), activeAt: Sample.now)
            let ending = try await store.admitted(Sample.admission(), activeAt: Sample.now)
            let tethered = LeaseQuery(states: [.active], isTethered: true)
            #expect(try await store.leases(tethered) == [])
            for id in [lease.id, ending.id] {
                let results = try await store.apply(
                    [LeaseStep(id, .tethered, audit: nil)], now: Sample.now)
                #expect(results.first?.change == .changed && results.first?.lease?.isTethered == true)
            }
            _ = try await store.step(ending, .ending(.tetherLost, attemptAt: Sample.now), at: Sample.now)
            #expect(try await store.leases(tethered).map(\.id) == [lease.id])
            #expect(try await store.leases(LeaseQuery(ids: [other.id], isTethered: false)).count == 1)
            #expect(try await store.lease(ending.id)?.endReason == .tetherLost)
            _ = try await store.apply([LeaseStep(lease.id, .untethered, audit: nil)], now: Sample.now)
            #expect(try await store.leases(tethered) == [])
        },
        StoreConformance("a lease is found by the beginning of its id, taken literally") { store in
            let lease = try await store.admitted(Sample.admission())
            _ = try await store.admitted(Sample.admission())
            let id = lease.id.rawValue
            #expect(try await store.leases(LeaseQuery(idPrefix: String(id.prefix(13)))) == [lease])
            #expect(try await store.leases(LeaseQuery(idPrefix: id)) == [lease])
            for prefix in [
                String(id.prefix(3)), "", "%%%%", "____", "****", "????", id + "0", id.uppercased() + "x",
            ] {
                #expect(try await store.leases(LeaseQuery(idPrefix: prefix)) == [])
            }
        },
        StoreConformance("requests are listed newest first and found by their traits") { store in
            var ids: [RequestID] = []
            for uid: UInt32 in [1, 2, 1, 2] {
                let admission = try Sample.admission(uid: uid)
                _ = try await store.admitted(admission)
                ids.insert(admission.request.id, at: 0)
            }
            func found(_ query: RequestQuery) async throws -> [RequestID] {
                try await store.requests(query).map(\.id)
            }
            #expect(try await found(RequestQuery()) == ids)
            #expect(try await found(RequestQuery(uid: 2)) == [ids[0], ids[2]])
            #expect(try await found(RequestQuery(before: ids[1], limit: 1)) == [ids[2]])
            #expect(try await found(RequestQuery(profile: ProfileName(unchecked: "none"))) == [])
            #expect(try await found(RequestQuery(states: [.issued])) == [])
            #expect(try await found(RequestQuery(states: [.approved])) == ids)
            #expect(try await store.request(RequestID()) == nil)
            #expect(try await store.lease(LeaseID()) == nil)
        },
        StoreConformance("live leases and counts say what there is") { store in
            let creating = try await store.admitted(Sample.admission())
            let active = try await store.admitted(Sample.admission(), activeAt: Sample.now)
            let failed = try await store.admitted(Sample.admission())
            _ = try await store.step(failed, .undone, at: Sample.now)
            let live = try await store.liveLeases(Sample.orders)
            #expect(live == [creating.id: .creating, active.id: .active])
            #expect(try await store.liveLeases(DatabaseName(unchecked: "stock")) == [:])
            let expected = [Lease.State.creating, .active, .failed].map {
                LeaseCount(database: Sample.orders, profile: Sample.read, state: $0, count: 1)
            }
            #expect(Set(try await store.counts()) == Set(expected))
        },
        StoreConformance("a memo is kept, replaced and taken away") { store in
            #expect(try await store.memo("retired") == nil)
            for text in ["{\"a\": \"é\"}", "", "nul\u{0}within", String(repeating: "x", count: 100_000)] {
                try await store.setMemo("retired", to: text)
                #expect(try await store.memo("retired") == text)
                #expect(try await store.memo("other") == nil)
            }
            try await store.setMemo("retired", to: nil)
            #expect(try await store.memo("retired") == nil)
        },
        StoreConformance("a memo and what is recorded with it are there together") { store in
            let event = AuditEvent(at: Sample.now, actor: .broker, action: .roleKept)
            try await store.setMemo("kept", to: "a", recording: [event, event])
            #expect(try await store.memo("kept") == "a")
            #expect(try await store.audit(AuditQuery()).map(\.event.action) == [.roleKept, .roleKept])
            try await store.setMemo("kept", to: nil, recording: [event])
            #expect(try await store.memo("kept") == nil)
            #expect(try await store.audit(AuditQuery()).count == 3)
        },
    ]
}
