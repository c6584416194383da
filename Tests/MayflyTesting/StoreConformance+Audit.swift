import Foundation
import MayflyCore
import MayflyCrypto
import Testing

private typealias Sample = StoreConformanceSample

extension StoreConformance {
    static let audit = [
        StoreConformance("records are numbered without a gap, and each carries the hash of the one before") {
            store in
            try await store.record([Sample.event(.daemonStarted), Sample.event(.configurationLoaded)])
            _ = try await store.admitted(Sample.admission(), activeAt: Sample.now)
            let records = try await store.audit(AuditQuery())
            #expect(records.map(\.sequence) == [1, 2, 3, 4, 5])
            var previous = String(repeating: "0", count: 64)
            for record in records {
                #expect(record.previousHash == previous)
                let bytes = AuditEncoding.bytes(
                    sequence: record.sequence, previousHash: previous, event: record.event)
                #expect(record.hash == (try SHA256Digest(hashing: bytes)).hex)
                previous = record.hash
            }
            #expect(try await store.firstBrokenAuditRecord() == nil)
        },
        StoreConformance("an event is read back whole, cut to milliseconds and without groups") { store in
            let identity = Identity(uid: .max, user: "zoë\n\"'", groups: ["a", "b"], pid: nil)
            let event = AuditEvent(
                at: Sample.now.addingTimeInterval(0.000_4), actor: .person(identity),
                action: .requestMalformed,
                outcome: .failed,
                subject: .init(
                    request: RequestID(), lease: LeaseID(), database: Sample.orders, profile: Sample.read,
                    role: try Sample.admission().lease?.role),
                reason: "", rule: "rule=3:abc\n",
                details: ["plain": "1", "a=1:x\ndetails.b": "é\u{0}", "%": "", "": "empty name"])
            try await store.record([event])
            let read = try #require(try await store.audit(AuditQuery()).first?.event)
            var expected = event
            expected.at = Sample.now
            expected.actor = .person(Identity(uid: .max, user: "zoë\n\"'", groups: [], pid: nil))
            #expect(read == expected)
            #expect(try await store.firstBrokenAuditRecord() == nil)
        },
        StoreConformance("asking whether it can be written records nothing") { store in
            try await store.checkWritable()
            try await store.checkWritable()
            #expect(try await store.audit(AuditQuery()).isEmpty)
        },
        StoreConformance("records are read in order after a number, or as the newest ones") { store in
            try await store.record((0..<10).map { _ in Sample.event(.accessDenied) })
            func numbers(_ query: AuditQuery) async throws -> [Int64] {
                try await store.audit(query).map(\.sequence)
            }
            #expect(try await numbers(AuditQuery(limit: 3)) == [1, 2, 3])
            #expect(try await numbers(AuditQuery(after: 3, limit: 3)) == [4, 5, 6])
            #expect(try await numbers(AuditQuery(newest: true, limit: 3)) == [8, 9, 10])
            #expect(try await numbers(AuditQuery(after: 8, newest: true, limit: 3)) == [9, 10])
            #expect(try await numbers(AuditQuery(after: 10)) == [])
        },
        StoreConformance("records are found by lease, actor, action and time") { store in
            let lease = try await store.admitted(Sample.admission(uid: 1))
            let at = { (seconds: TimeInterval) in Sample.now.addingTimeInterval(seconds) }
            try await store.record([
                Sample.event(.accessDenied, at: at(10), by: 7),
                Sample.event(.leaseAttemptFailed, of: lease, at: at(20)),
                Sample.event(.accessDenied, at: at(30), by: 1),
            ])
            func numbers(_ query: AuditQuery) async throws -> [Int64] {
                try await store.audit(query).map(\.sequence)
            }
            #expect(try await numbers(AuditQuery(lease: lease.id)) == [2, 4])
            #expect(try await numbers(AuditQuery(lease: LeaseID())) == [])
            #expect(try await numbers(AuditQuery(actorUID: 7)) == [3])
            #expect(try await numbers(AuditQuery(actorUID: 1)) == [1, 2, 5])
            #expect(try await numbers(AuditQuery(action: .accessDenied)) == [3, 5])
            #expect(try await numbers(AuditQuery(actorUID: 1, action: .accessDenied)) == [5])
            #expect(try await numbers(AuditQuery(since: at(10))) == [3, 4, 5])
            // `until` is the first moment that is not asked for.
            #expect(try await numbers(AuditQuery(since: at(10), until: at(30))) == [3, 4])
        },
        StoreConformance("what concerns a uid is what it did and what was done to its requests and leases") {
            store in
            let mine = try await store.admitted(Sample.admission(uid: 1), activeAt: Sample.now)
            let other = try await store.admitted(Sample.admission(uid: 2))
            var denied = try Sample.admission(uid: 1)
            denied.request = denied.request.denied()
            denied.lease = nil
            denied.events = [
                AuditEvent(
                    at: Sample.now, actor: .broker, action: .requestDenied,
                    subject: .init(request: denied.request.id))
            ]
            _ = try await store.admit(denied)
            try await store.record([
                Sample.event(.leaseAttemptFailed, of: mine), Sample.event(.leaseRevoking, of: mine, by: 3),
                Sample.event(.leaseAttemptFailed, of: other), Sample.event(.accessDenied, by: 1),
                Sample.event(.leaseRevoking, of: other, by: 1),
            ])
            func numbers(_ query: AuditQuery) async throws -> [Int64] {
                try await store.audit(query).map(\.sequence)
            }
            #expect(try await numbers(AuditQuery(concerning: 1)) == [1, 2, 3, 6, 7, 8, 10, 11])
            #expect(try await numbers(AuditQuery(concerning: 2)) == [4, 5, 9, 11])
            #expect(try await numbers(AuditQuery(concerning: 3)) == [8])
            #expect(try await numbers(AuditQuery(concerning: 4)) == [])
            #expect(try await numbers(AuditQuery(after: 3, limit: 2, concerning: 1)) == [6, 7])
            #expect(try await numbers(AuditQuery(newest: true, limit: 2, concerning: 1)) == [10, 11])
            #expect(try await numbers(AuditQuery(actorUID: 3, concerning: 1)) == [8])
            #expect(try await numbers(AuditQuery(actorUID: 1, concerning: 1)) == [1, 2, 10, 11])
            #expect(try await numbers(AuditQuery(lease: mine.id, concerning: 2)) == [])
        },
    ]
}
