import Foundation
import MayflyCore
import Testing

private typealias Sample = StoreConformanceSample

extension StoreConformance {
    static let serverLogs = [
        StoreConformance(
            "lines of a server's log come on record once, with how far it was read, and so does their record"
        ) {
            store in
            let lease = try await store.admitted(try Sample.admission(), activeAt: Sample.now)
            let records = try await store.audit(AuditQuery()).count
            #expect(try await store.serverLogCursors(Sample.orders).isEmpty)
            var batch = Sample.batch(of: lease, 1...3)
            #expect(try await store.take(batch, now: Sample.now).map(\.number) == [1, 2, 3])
            #expect(try await store.serverLogCursors(Sample.orders) == batch.cursors)
            // Read again, and on.
            batch = Sample.batch(of: lease, 2...4, offset: 900)
            #expect(try await store.take(batch, now: Sample.now).map(\.number) == [4])
            #expect(try await store.take(batch, now: Sample.now).isEmpty)
            #expect(try await store.serverLogCursors(Sample.orders).map(\.offset) == [900])
            let lines = try await store.loggedLines(of: lease.id, in: nil, limit: 10)
            #expect(lines == Sample.batch(of: lease, 1...4).lines)
            #expect(
                try await store.loggedLines(of: lease.id, in: LogBackend(start: 1, pid: 1), limit: 10).isEmpty
            )
            #expect(try await store.loggedLines(of: lease.id, in: nil, limit: 2).count == 2)
            #expect(try await store.loggedTotals(of: lease.id).lines == 4)
            let log = try await store.audit(AuditQuery(after: Int64(records))).map(\.event)
            #expect(log.map(\.action) == [.statementsLogged, .statementsLogged])
            #expect(log.map { $0.details["lines"] } == ["3", "1"] && log[0].details["sha256"]?.count == 64)
            #expect(try await store.firstBrokenAuditRecord() == nil)
        },
        StoreConformance("failed logins and gaps are records of their own, of many the number") { store in
            let lease = try await store.admitted(try Sample.admission(), activeAt: Sample.now)
            let records = try await store.audit(AuditQuery()).count
            var batch = Sample.batch(of: lease, 1...25)
            for index in batch.lines.indices {
                (batch.lines[index].what, batch.lines[index].sqlState) = (.loginFailed, "28P01")
            }
            batch.gaps = (1...30).map { ServerLogGap(.truncated, "a.json", offset: $0) }
            _ = try await store.take(batch, now: Sample.now)
            let log = try await store.audit(AuditQuery(after: Int64(records))).map(\.event)
            let logins = log.filter { $0.action == .loginFailed }
            #expect(logins.count == 21 && logins.last?.details["more"] == "5")
            #expect(logins.allSatisfy { $0.outcome == .denied && $0.subject.lease == lease.id })
            let gaps = log.filter { $0.action == .serverLogGap }
            #expect(gaps.count == 20 && gaps.last?.details["more"] == "10")
        },
        StoreConformance("what is beyond a lease's measure is counted, and a flood hides no failed login") {
            store in
            let lease = try await store.admitted(try Sample.admission(), activeAt: Sample.now)
            var batch = Sample.batch(of: lease, 1...3)
            let huge = String(repeating: "x", count: LoggedTotals.mostBytes / 2)
            for index in batch.lines.indices { batch.lines[index].text = huge }
            batch.leftOut = [lease.id: .init(lines: 7)]
            #expect(try await store.take(batch, now: Sample.now).map(\.number) == [1, 2])
            #expect(try await store.loggedTotals(of: lease.id).leftOut == .init(lines: 8))
            var login = Sample.batch(of: lease, 4...4)
            login.lines[0].what = .loginFailed
            #expect(try await store.take(login, now: Sample.now).count == 1)
        },
        StoreConformance("lines come in pages, those of statements and all others apart, to their end") {
            store in
            let lease = try await store.admitted(try Sample.admission(), activeAt: Sample.now)
            let other = try await store.admitted(try Sample.admission(), activeAt: Sample.now)
            var batch = Sample.batch(of: lease, 1...10)
            for index in [1, 9] { batch.lines[index].what = .loginFailed }
            batch.lines[4].what = .failure
            batch.lines[5].what = .authorized
            batch.lines += Sample.batch(of: other, 1...3).lines
            _ = try await store.take(batch, now: Sample.now)
            var (numbers, after, pages) = ([Int64](), Int64(0), 0)
            while pages < 10 {
                let page = try await store.logged(
                    LoggedQuery(lease: lease.id, ofStatements: true, after: after, limit: 3))
                (numbers, pages) = (numbers + page.lines.map(\.number), pages + 1)
                guard let next = page.next else { break }
                after = next
            }
            #expect(numbers == [1, 3, 4, 5, 7, 8, 9] && pages == 3)
            let events = try await store.logged(LoggedQuery(lease: lease.id, ofStatements: false, limit: 3))
            #expect(events.lines.map(\.number) == [2, 6, 10] && events.next == nil)
            let none = LogBackend(start: 1, pid: 1)
            let query = LoggedQuery(lease: lease.id, backend: none, ofStatements: false, limit: 3)
            #expect(try await store.logged(query) == LoggedPage(lines: []))
        },
        StoreConformance(
            "a flood of sessions hides no failed login, and what is left out is told once an hour"
        ) { store in
            let lease = try await store.admitted(try Sample.admission(), activeAt: Sample.now)
            let most = Int64(LoggedTotals.mostOthers)
            var batch = Sample.batch(of: lease, 1...(most + 5))
            for index in batch.lines.indices { batch.lines[index].what = .authorized }
            #expect(try await store.take(batch, now: Sample.now).count == Int(most))
            #expect(try await store.loggedTotals(of: lease.id).leftOut == .init(lines: 5))
            func fail(_ numbers: ClosedRange<Int64>, after seconds: Double) async throws -> [LoggedLine] {
                var batch = Sample.batch(of: lease, numbers)
                for index in batch.lines.indices { batch.lines[index].what = .loginFailed }
                return try await store.take(batch, now: Sample.now.addingTimeInterval(seconds))
            }
            #expect(try await fail(2001...2001, after: 1).count == 1)
            #expect(try await fail(3001...(4000 + most), after: 2).count == Int(most) - 1)
            let records = try await store.audit(AuditQuery(limit: 10_000)).count
            // From now on they are only counted.
            for number in Int64(1)...20 {
                #expect(try await fail(9000 + number...9000 + number, after: 3 + Double(number)).isEmpty)
            }
            #expect(try await store.audit(AuditQuery(after: Int64(records))).isEmpty)
            #expect(try await fail(9999...9999, after: 3700).isEmpty)
            let told = try await store.audit(AuditQuery(after: Int64(records))).map(\.event)
            #expect(told.map(\.action) == [.loginFailed] && told.first?.details["more"] == "21")
        },
        StoreConformance("a line that has another's number is kept beside it as doubtful, and no third") {
            store in
            let lease = try await store.admitted(try Sample.admission(), activeAt: Sample.now)
            let first = Sample.batch(of: lease, 1...1)
            var (second, third) = (first, first)
            second.lines[0].text = "DELETE FROM orders"
            third.lines[0].text = "SELECT"
            var again = first
            (again.lines[0].milliseconds, again.lines[0].isDoubtful) = (nil, true)
            #expect(try await store.take(first, now: Sample.now).count == 1)
            #expect(try await store.take(again, now: Sample.now).isEmpty)
            #expect(try await store.take(second, now: Sample.now).map(\.isRival) == [true])
            #expect(try await store.take(second, now: Sample.now).isEmpty)
            #expect(try await store.take(third, now: Sample.now).isEmpty)
            let lines = try await store.loggedLines(of: lease.id, in: nil, limit: 10)
            #expect(lines.map(\.text) == ["SELECT ? -- é\u{202E}", "DELETE FROM orders"])
            #expect(lines.map(\.isDoubtful) == [nil, true])
            #expect(try await store.loggedTotals(of: lease.id).leftOut == .init(lines: 1))
        },
        StoreConformance(
            "a session of the log is on record unless a look has seen it, and is not seen again after"
        ) { store in
            let lease = try await store.admitted(try Sample.admission(), activeAt: Sample.now)
            let seen = Sample.session(of: lease, 1)
            _ = try await store.follow([seen])
            func told(_ number: Int64) -> Session {
                Session(
                    lease: lease.id, database: lease.database, profile: lease.profile, role: lease.role,
                    requester: lease.requester,
                    key: SessionKey(host: "", number: number, since: seen.key.since / 1000 * 1000),
                    startedAt: Sample.now,
                    startIsKnown: true, client: seen.client, firstSeenAt: Sample.now, lastSeenAt: Sample.now,
                    source: .serverLog, ending: .init(at: Sample.now, how: .client))
            }
            var batch = ServerLogBatch(database: lease.database)
            batch.sessions = [told(1), told(2)]
            _ = try await store.take(batch, now: Sample.now)
            let sessions = try await store.sessions(SessionQuery(lease: lease.id))
            #expect(sessions.map(\.key.number) == [2, 1] && sessions.map(\.source) == [.serverLog, .look])
            #expect(sessions.map(\.isOpen) == [false, true])
            // A look that began before the session's end comes later.
            #expect(try await store.follow([Sample.session(of: lease, 2)]) == [sessions[0]])
            #expect(try await store.sessions(SessionQuery(lease: lease.id)).count == 2)
        },
        StoreConformance("sessions that only the log tells of are bounded for each lease") { store in
            let lease = try await store.admitted(try Sample.admission(), activeAt: Sample.now)
            var batch = ServerLogBatch(database: lease.database)
            for part in [0..<900, 900..<1100, 1100..<1110] {
                batch.sessions = part.map { number in
                    Session(
                        lease: lease.id, database: lease.database, profile: lease.profile, role: lease.role,
                        requester: lease.requester,
                        key: SessionKey(host: "", number: Int64(number), since: 1_000_000),
                        startedAt: Sample.now, startIsKnown: true, client: SessionClient(),
                        firstSeenAt: Sample.now, lastSeenAt: Sample.now, source: .serverLog,
                        ending: .init(at: Sample.now, how: .client))
                }
                _ = try await store.take(batch, now: Sample.now)
            }
            #expect(
                try await store.sessionCounts(of: [lease.id])[lease.id]
                    == SessionCount(listed: SessionBudget.mostLogged))
            // One that a look finds is not held against them.
            #expect(try await store.follow([Sample.session(of: lease, 9999)]).count == 1)
        },
        StoreConformance("a batch that cannot be taken whole leaves nothing, and moves no cursor") { store in
            let lease = try await store.admitted(try Sample.admission(), activeAt: Sample.now)
            let stranger = try #require(try Sample.admission().lease)
            var batch = Sample.batch(of: lease, 1...2)
            batch.lines += Sample.batch(of: stranger, 1...1).lines
            await #expect(throws: StoreError.self) { try await store.take(batch, now: Sample.now) }
            #expect(try await store.loggedLines(of: lease.id, in: nil, limit: 10).isEmpty)
            #expect(try await store.serverLogCursors(Sample.orders).isEmpty)
        },
    ]
}

extension StoreConformanceSample {
    static func batch(of lease: Lease, _ numbers: ClosedRange<Int64>, offset: Int64 = 300) -> ServerLogBatch {
        var batch = ServerLogBatch(database: lease.database)
        batch.lines = numbers.map { number in
            var line = LoggedLine(
                lease: lease.id, backend: LogBackend(start: 1_796_078_675, pid: 10_043), number: number,
                at: now,
                what: .statement, text: "SELECT ? -- é\u{202E}", milliseconds: 1.5)
            line.database = "orders"
            return line
        }
        batch.cursors = [
            LogCursor(
                file: .init(device: .max, inode: 7), name: "a.json", offset: offset, headLength: 2,
                headHash: "ab")
        ]
        return batch
    }
}
