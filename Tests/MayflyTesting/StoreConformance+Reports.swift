import Foundation
import MayflyCore
import Testing

private typealias Sample = StoreConformanceSample

/// What reports ask of a store, and what auditors signed off.
extension StoreConformance {
    static let reports = [
        StoreConformance("leases that lived in a period are found, whichever edge they touch") { store in
            let now = Sample.now
            func lease(from start: TimeInterval, to end: TimeInterval?) async throws -> LeaseID {
                let began = now.addingTimeInterval(start)
                let lease = try await store.admitted(Sample.admission(at: began), activeAt: began)
                if let end {
                    let over = now.addingTimeInterval(end)
                    _ = try await store.step(lease, .ending(.revoked, attemptAt: over), at: over)
                    _ = try await store.step(lease, .gone, at: over)
                }
                return lease.id
            }
            let long = try await lease(from: -5000, to: nil)
            let before = try await lease(from: -900, to: -100)
            let into = try await lease(from: -800, to: 0)
            let within = try await lease(from: 10, to: 20)
            let outOf = try await lease(from: 100, to: 5000)
            // The clock was set back: it came later, and began earlier.
            let setBack = try await lease(from: -10, to: 30)
            let after = try await lease(from: 101, to: nil)
            func found(_ from: TimeInterval, _ to: TimeInterval, before: LeaseID? = nil) async throws
                -> [LeaseID]
            {
                let period = try ReportPeriod(
                    from: now.addingTimeInterval(from), to: now.addingTimeInterval(to))
                return try await store.leases(LeaseQuery(lived: period, before: before)).map(\.id)
            }
            #expect(try await found(0, 100) == [setBack, outOf, within, into, long])
            #expect(try await found(0, 100, before: outOf) == [within, into, long])
            #expect(try await found(-900, -900) == [before, long])
            #expect(try await found(-9000, 9000) == [after, setBack, outOf, within, into, before, long])
            #expect(try await found(-9000, -8000).isEmpty)
            #expect(try await found(6000, 7000) == [after, long])
        },
        StoreConformance("nothing lived in a period of an empty store") { store in
            let period = try ReportPeriod(from: .distantPast, to: .distantFuture)
            #expect(try await store.leases(LeaseQuery(lived: period)).isEmpty)
            #expect(try await store.requests(RequestQuery(madeIn: period)).isEmpty)
        },
        StoreConformance("leases are found by who somebody is: the user, or the person") { store in
            let first = try await store.admitted(
                Sample.admission(uid: 1, person: Person(rawValue: "alice")))
            let second = try await store.admitted(Sample.admission(uid: 2))
            func found(_ who: String) async throws -> [LeaseID] {
                try await store.leases(LeaseQuery(who: who)).map(\.id)
            }
            for who in ["alice", "user1"] { #expect(try await found(who) == [first.id], "\(who)") }
            for who in ["user2", "uid:2"] { #expect(try await found(who) == [second.id], "\(who)") }
            for who in ["user3", "alice' OR 1=1 --"] { #expect(try await found(who).isEmpty, "\(who)") }
        },
        StoreConformance("requests are found by their ids, and by when they were made") { store in
            var ids: [RequestID] = []
            for second in 0..<5 {
                let admission = try Sample.admission(at: Sample.now.addingTimeInterval(TimeInterval(second)))
                _ = try await store.admitted(admission)
                ids.append(admission.request.id)
            }
            func found(_ query: RequestQuery) async throws -> [RequestID] {
                try await store.requests(query).map(\.id)
            }
            #expect(try await found(RequestQuery(ids: [ids[1], RequestID(), ids[3]])) == [ids[3], ids[1]])
            #expect(try await found(RequestQuery(ids: [])).isEmpty)
            let period = try ReportPeriod(
                from: Sample.now.addingTimeInterval(1), to: Sample.now.addingTimeInterval(3))
            #expect(try await found(RequestQuery(madeIn: period)) == [ids[3], ids[2], ids[1]])
            #expect(try await found(RequestQuery(madeIn: period, before: ids[2])) == [ids[1]])
            #expect(try await found(RequestQuery(ids: [ids[0]], madeIn: period)).isEmpty)
        },
        StoreConformance("sessions are found by their leases") { store in
            let (first, second) = (
                try await store.admitted(Sample.admission(), activeAt: Sample.now),
                try await store.admitted(Sample.admission(), activeAt: Sample.now)
            )
            let found = try await store.sessions(SessionQuery(leases: [first.id, second.id, LeaseID()]))
            #expect(found.isEmpty)
            #expect(try await store.sessions(SessionQuery(leases: [])).isEmpty)
        },
        StoreConformance("statements are counted by their leases, where a source tells") { store in
            let lease = try await store.admitted(Sample.admission(), activeAt: Sample.now)
            let silent = try await store.admitted(Sample.admission(), activeAt: Sample.now)
            let idle = try await store.admitted(Sample.admission(), activeAt: Sample.now)
            func read(_ lease: Lease, _ source: StatementSource, since: TimeInterval = 0, _ calls: Int64...)
                async throws
            {
                let statements = calls.enumerated().map { index, calls in
                    StatementReading.Statement(
                        id: "\(index)", text: "SELECT ?", calls: calls, rows: 1, milliseconds: 1)
                }
                _ = try await store.record(
                    StatementReading(
                        lease: lease.id, source: source, since: Sample.now.addingTimeInterval(since),
                        statements: statements), at: Sample.now.addingTimeInterval(since))
            }
            try await read(lease, .pgStatStatements, 3, 4)
            try await read(lease, .pgStatStatements, since: 60, 2)
            try await read(silent, .noExtension)
            try await read(idle, .performanceSchema)
            let counts = try await store.statementCounts(of: [lease.id, silent.id, idle.id, LeaseID()])
            #expect(counts == [lease.id: 9, idle.id: 0])
            #expect(try await store.statementCounts(of: []).isEmpty)
        },
        StoreConformance("reviews are found by their leases") { store in
            let terms = ReviewTerms(reviewers: [.group("dba")], dueWithin: 3600)
            let first = try await store.brokeGlass(Sample.admission(), terms)
            let second = try await store.brokeGlass(Sample.admission(uid: 7), terms)
            let query = ReviewQuery(leases: [first.leaseID, LeaseID()])
            #expect(try await store.reviews(query) == [first])
            #expect(try await store.reviews(ReviewQuery(leases: [])).isEmpty)
            #expect(try await store.reviews(ReviewQuery()) == [second, first])
        },
        StoreConformance("what was signed off is kept to the byte, with its record") { store in
            let pack = "{\"a\":\"é\\u0000\",\"b\":[\"'; DROP TABLE sign_offs; --\"]}"
            let first = try Sample.signOff(pack: pack)
            let second = try Sample.signOff(database: "stock", pack: "{}")
            for signOff in [first, second] {
                try await store.signOff(signOff, audit: Sample.event(.reviewSignedOff))
            }
            func found(_ query: SignOffQuery) async throws -> [SignOff] { try await store.signOffs(query) }
            #expect(try await found(SignOffQuery(withPacks: true)) == [second, first])
            #expect(try await found(SignOffQuery(withPacks: true, limit: 1)) == [second])
            let plain = try await found(SignOffQuery(database: Sample.orders))
            #expect(plain.map(\.id) == [first.id] && plain[0].pack.isEmpty && plain[0].sha256 == "00")
            let prefix = String(first.id.rawValue.prefix(13))
            #expect(try await found(SignOffQuery(idPrefix: prefix, withPacks: true)) == [first])
            #expect(try await found(SignOffQuery(idPrefix: String(prefix.prefix(3)))).isEmpty)
            #expect(try await found(SignOffQuery(idPrefix: "%%%%")).isEmpty)
            let actions = try await store.audit(AuditQuery()).map(\.event.action)
            #expect(actions == [.reviewSignedOff, .reviewSignedOff])
            #expect(try await store.firstBrokenAuditRecord() == nil)
        },
    ]
}

extension StoreConformanceSample {
    static func signOff(database: String = "orders", pack: String) throws -> SignOff {
        SignOff(
            database: DatabaseName(unchecked: database),
            period: try ReportPeriod(from: now, to: now.addingTimeInterval(60)), sha256: "00", pack: pack,
            note: try Reason(parsing: "looked at all of it: it’s fine"),
            by: .init(user: "dora", uid: 7), at: now)
    }
}
