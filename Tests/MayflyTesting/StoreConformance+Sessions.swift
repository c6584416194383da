import Foundation
import MayflyCore
import Testing

private typealias Sample = StoreConformanceSample

extension StoreConformance {
    static let sessions = [
        StoreConformance("a session is on record when it begins and when it ends, each once, and as it was") {
            store in
            let lease = try await store.admitted(try Sample.admission(), activeAt: Sample.now)
            let session = Sample.session(of: lease)
            let records = try await store.audit(AuditQuery()).count
            #expect(try await store.follow([session]) == [session])
            #expect(try await store.follow([session]) == [session])
            #expect(try await store.sessions(SessionQuery(isOpen: true)) == [session])
            var ended = session
            ended.lastSeenAt = Sample.now.addingTimeInterval(60)
            ended.ending = .init(at: Sample.now.addingTimeInterval(62), how: .client)
            #expect(try await store.follow([ended]) == [ended])
            var otherwise = ended
            otherwise.ending?.how = .killed
            #expect(try await store.follow([otherwise]) == [ended])
            #expect(try await store.sessions(SessionQuery(id: session.id)) == [ended])
            #expect(try await store.sessions(SessionQuery(isOpen: true)).isEmpty)
            let log = try await store.audit(AuditQuery(after: Int64(records)))
            #expect(log.map(\.event.action) == [.sessionStarted, .sessionEnded])
            #expect(log.map(\.event.subject.lease) == [lease.id, lease.id])
            #expect(log[0].event.details["client_address"] == "10.0.0.7")
            #expect(log[1].event.details["how"] == "client")
            #expect(try await store.firstBrokenAuditRecord() == nil)
        },
        StoreConformance("a session that has ended before it was on record has both its records") { store in
            let lease = try await store.admitted(try Sample.admission(), activeAt: Sample.now)
            var session = Sample.session(of: lease)
            session.ending = .init(at: Sample.now, how: .unknown)
            _ = try await store.follow([session])
            let actions = try await store.audit(AuditQuery()).map(\.event.action).suffix(2)
            #expect(actions == [.sessionStarted, .sessionEnded])
        },
        StoreConformance("an address and an application unlike a requester's earlier ones are marked") {
            store in
            let lease = try await store.admitted(try Sample.admission(), activeAt: Sample.now)
            let other = try await store.admitted(try Sample.admission(uid: 1002), activeAt: Sample.now)
            let marks = try await store.follow([
                Sample.session(of: lease, 1), Sample.session(of: lease, 2, address: "10.9.9.9"),
                Sample.session(of: lease, 3, application: "pg_dump"),
                Sample.session(of: lease, 4, address: "10.9.9.9"),
                // Of somebody else, and of one who tells neither.
                Sample.session(of: other, 5, address: "10.9.9.9"),
                Sample.session(of: lease, 6, address: nil, application: nil),
            ]).map(\.novelties)
            #expect(marks == [[], [.address], [.application], [], [], []])
            let found = try await store.sessions(SessionQuery(lease: lease.id))
            #expect(found.map(\.novelties) == [[], [], [.application], [.address], []])
        },
        StoreConformance("sessions are found by what they are of, newest first, page by page") { store in
            let lease = try await store.admitted(try Sample.admission(), activeAt: Sample.now)
            let other = try await store.admitted(
                try Sample.admission(uid: 1002, database: DatabaseName(unchecked: "stock")),
                activeAt: Sample.now)
            let sessions = (1...5).map { Sample.session(of: $0 < 4 ? lease : other, $0) }
            _ = try await store.follow(sessions)
            func numbers(_ query: SessionQuery) async throws -> [Int64] {
                try await store.sessions(query).map(\.key.number)
            }
            #expect(try await numbers(SessionQuery()) == [5, 4, 3, 2, 1])
            #expect(try await numbers(SessionQuery(limit: 2)) == [5, 4])
            #expect(try await numbers(SessionQuery(before: sessions[3].id, limit: 2)) == [3, 2])
            #expect(try await numbers(SessionQuery(lease: other.id)) == [5, 4])
            #expect(try await numbers(SessionQuery(database: Sample.orders)) == [3, 2, 1])
            #expect(try await numbers(SessionQuery(user: "user1002")) == [5, 4])
            var own = SessionQuery()
            (own.uid, own.key) = (1001, "uid:1001")
            #expect(try await numbers(own) == [3, 2, 1])
            own.key = "uid:7"
            #expect(try await numbers(own).isEmpty)
            let prefix = String(sessions[0].id.rawValue.prefix(12))
            #expect(try await numbers(SessionQuery(idPrefix: prefix)) == [1])
            #expect(try await numbers(SessionQuery(idPrefix: "%")).isEmpty)
            let unused = try await store.admitted(try Sample.admission(uid: 1003), activeAt: Sample.now)
            #expect(
                try await store.sessionCounts(of: [lease.id, other.id, unused.id]) == [
                    lease.id: SessionCount(listed: 3), other.id: SessionCount(listed: 2),
                ])
        },
        StoreConformance("sessions that are left out are counted with their lease, each time with a record") {
            store in
            let lease = try await store.admitted(try Sample.admission(), activeAt: Sample.now)
            var left = SessionsLeftOut(of: lease, at: Sample.now)
            for address in 0..<12 {
                left.add(SessionClient(address: "10.0.0.\(address)"), at: Sample.now.addingTimeInterval(1))
            }
            _ = try await store.follow([Sample.session(of: lease)], leavingOut: [left])
            _ = try await store.follow([], leavingOut: [left])
            #expect(
                try await store.sessionCounts(of: [lease.id]) == [
                    lease.id: SessionCount(listed: 1, leftOut: 24)
                ])
            let records = try await store.audit(AuditQuery(action: .sessionsLeftOut))
            #expect(records.map(\.event.details["count"]) == ["12", "12"])
            #expect(records[0].event.details["client_addresses"]?.hasSuffix(",…") == true)
            let rest = try await store.audit(
                AuditQuery(lease: lease.id, leavingOut: [.sessionsLeftOut, .sessionStarted]))
            #expect(!rest.isEmpty && !rest.contains { $0.event.action == .sessionsLeftOut })
            let stranger = SessionsLeftOut(of: try #require(try Sample.admission().lease), at: Sample.now)
            await #expect(throws: StoreError.self) { try await store.follow([], leavingOut: [stranger]) }
            #expect(try await store.firstBrokenAuditRecord() == nil)
        },
        StoreConformance("when somebody looked at sessions only grows, and what is told with it is there") {
            store in
            let stock = DatabaseName(unchecked: "stock")
            func stretch(_ from: TimeInterval, _ until: TimeInterval) -> WatchedStretch {
                WatchedStretch(
                    database: Sample.orders, from: Sample.now.addingTimeInterval(from),
                    until: Sample.now.addingTimeInterval(until))
            }
            #expect(try await store.lastWatchedStretch(Sample.orders) == nil)
            try await store.cover(stretch(0, 0), recording: [])
            try await store.cover(
                stretch(0, 60), recording: [.unwatched(stretch(0, 60), why: "down", at: Sample.now)])
            try await store.cover(stretch(0, 30), recording: [])
            try await store.cover(stretch(90, 100), recording: [])
            try await store.cover(
                WatchedStretch(database: stock, from: Sample.now, until: .distantFuture), recording: [])
            #expect(
                try await store.watchedStretches(Sample.orders, after: Sample.now)
                    == [stretch(0, 60), stretch(90, 100)])
            #expect(
                try await store.watchedStretches(Sample.orders, after: Sample.now.addingTimeInterval(61))
                    == [stretch(90, 100)])
            #expect(try await store.lastWatchedStretch(Sample.orders) == stretch(90, 100))
            #expect(try await store.audit(AuditQuery()).map(\.event.action) == [.sessionsUnwatched])
        },
        StoreConformance("a session of no lease is not put on record") { store in
            let lease = try #require(try Sample.admission().lease)
            await #expect(throws: StoreError.self) { try await store.follow([Sample.session(of: lease)]) }
            #expect(try await store.sessions(SessionQuery()).isEmpty)
            #expect(try await store.audit(AuditQuery()).isEmpty)
        },
    ]
}

extension StoreConformanceSample {
    static func session(
        of lease: Lease, _ number: Int64 = 4711, address: String? = "10.0.0.7",
        application: String? = "psql é\u{202E}"
    ) -> Session {
        let server = SeenServer(startedAt: now, sessions: [])
        return Session(
            of: lease,
            SeenSession(
                lease: lease.id, number: number, startedAt: now,
                client: SessionClient(
                    database: "orders", address: address, port: 52_114, application: application,
                    isEncrypted: true,
                    tlsVersion: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384"), state: "idle"), on: server,
            now: now)
    }
}
