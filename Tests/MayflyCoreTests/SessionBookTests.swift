import Foundation
import MayflyCore
import MayflyTesting
import Testing

private typealias Sample = StoreConformanceSample

/// What follows from two looks at a server's sessions, and what does not.
@Suite struct SessionBookTests {
    private static let up = Sample.now.addingTimeInterval(-86_400)
    private let lease: Lease
    private var book = SessionBook(open: [])

    init() throws { lease = try #require(try Sample.admission().lease) }

    private func seen(_ number: Int64, since: Date? = Sample.now) -> SeenSession {
        SeenSession(lease: lease.id, number: number, startedAt: since, client: .init(address: "10.0.0.7"))
    }

    private mutating func take(
        _ sessions: [SeenSession], cuts: ClosedRange<Int64>? = 5...5, up: Date = up, told: [Int64] = [],
        lease other: Lease? = nil, second: TimeInterval = 0
    ) -> SessionBook.Changes {
        let look = SessionLook(
            servers: [SeenServer(startedAt: up, cuts: cuts, sessions: sessions)],
            told: Set(told.map { ToldSession(lease: lease.id, number: $0) }))
        #expect(book.needed(for: look).isSubset(of: [lease.id]))
        return book.take(look, leases: [lease.id: other ?? lease], now: Sample.now.addingTimeInterval(second))
    }

    @Test("A session begins with the first look that finds it, and ends with the first that does not")
    mutating func life() throws {
        let began = take([seen(1), seen(2)])
        #expect(Set(began.began.map(\.key.number)) == [1, 2] && began.ended.isEmpty)
        #expect(take([seen(1), seen(2)], second: 5).isEmpty)
        let ended = take([seen(2)], second: 9)
        let session = try #require(ended.ended.first)
        #expect(ended.ended.count == 1 && ended.began.isEmpty && session.key.number == 1)
        #expect(session.lastSeenAt == Sample.now.addingTimeInterval(5))
        #expect(session.ending?.at == Sample.now.addingTimeInterval(9))
        #expect(session.id == began.began.first { $0.key.number == 1 }?.id)
        #expect(book.open.count == 1 && book.now.count == 1)
    }

    @Test(
        "Its client has ended it only where the server counted no other end",
        arguments: [
            (5...5, 5...5, Session.How.client), (5...5, 5...6, .unknown), (5...6, 6...6, .unknown),
            (nil, 5...5, .unknown), (5...5, nil, .unknown), (nil, nil, .unknown), (5...5, 0...0, .unknown),
        ] as [(ClosedRange<Int64>?, ClosedRange<Int64>?, Session.How)])
    mutating func client(before: ClosedRange<Int64>?, after: ClosedRange<Int64>?, how: Session.How) {
        _ = take([seen(1)], cuts: before)
        #expect(take([], cuts: after).ended.map(\.ending?.how) == [how])
    }

    @Test("What we ended is by its lease's end, whenever that is seen, and no other session of its number is")
    mutating func told() throws {
        var expired = lease
        _ = expired.apply(.made(roleOID: 1, validUntil: Sample.now), now: Sample.now)
        _ = expired.apply(.ending(.expired, attemptAt: Sample.now), now: Sample.now)
        var revoked = lease
        _ = revoked.apply(.made(roleOID: 1, validUntil: Sample.now), now: Sample.now)
        _ = revoked.apply(.ending(.lockdown, attemptAt: Sample.now), now: Sample.now)
        _ = take([seen(1), seen(2), seen(3)])
        // Told, and not gone yet.
        #expect(take([seen(1), seen(2), seen(3)], told: [1, 2]).isEmpty)
        #expect(take([seen(2), seen(3)], cuts: 5...6, lease: expired).ended.map(\.ending?.how) == [.expired])
        #expect(take([seen(3)], cuts: 6...7, lease: revoked).ended.map(\.ending?.how) == [.revoked])
        // The lease is over, but nobody said that we ended this one: its client may have, a moment before.
        #expect(take([], cuts: 7...8, lease: revoked).ended.map(\.ending?.how) == [.unknown])
    }

    @Test("What an administrator ended is killed")
    mutating func killed() throws {
        let session = try #require(take([seen(1)]).began.first)
        book.noteKilled(session.id)
        #expect(take([], cuts: 5...6).ended.map(\.ending?.how) == [.killed])
    }

    @Test("Of a session that is gone while it is being killed it is said how once that is known")
    mutating func killing() throws {
        let sessions = try (1...2).map { number in
            try #require(take((1...number).map { seen($0) }).began.first)
        }
        for session in sessions { book.noteKilling(session.id) }
        #expect(take([]).isEmpty && book.open.count == 2)
        book.noteKilled(sessions[0].id)
        book.forgetKilling(sessions[1].id)
        // The server's counts tell nothing of a look ago.
        let ended = take([], second: 1).ended
        #expect(ended.first { $0.id == sessions[0].id }?.ending?.how == .killed)
        #expect(ended.first { $0.id == sessions[1].id }?.ending?.how == .unknown && ended.count == 2)
    }

    @Test("After a restart of the server nothing of before goes on, though it has the same number")
    mutating func restart() {
        let again = Self.up.addingTimeInterval(3600)
        _ = take([seen(1, since: nil), seen(2, since: nil)])
        // A second more or less is how servers tell their uptime.
        #expect(take([seen(1, since: nil), seen(2, since: nil)], up: Self.up.addingTimeInterval(1)).isEmpty)
        let changes = take([seen(1, since: nil)], cuts: 0...0, up: again)
        #expect(changes.ended.map(\.ending?.how) == [.serverRestart, .serverRestart])
        #expect(changes.began.map(\.key.number) == [1])
    }

    @Test("What a daemon finds open in its state is held against the first look")
    mutating func restarted() throws {
        let before = try [1, 2, 3].map { number in
            try #require(take([seen(number, since: nil)]).began.first)
        }
        var daemon = SessionBookTests.with(before, lease)
        #expect(
            daemon.take([seen(2, since: nil)], cuts: 5...5).ended.map(\.ending?.how) == [.unknown, .unknown])
        daemon = SessionBookTests.with(before, lease)
        let later = Sample.now.addingTimeInterval(60)
        #expect(
            daemon.take([], cuts: 5...5, up: later).ended.map(\.ending?.how)
                == .init(repeating: .serverRestart, count: 3))
    }

    private static func with(_ open: [Session], _ lease: Lease) -> SessionBookTests {
        SessionBookTests(open, lease)
    }

    private init(_ open: [Session], _ lease: Lease) {
        self.lease = lease
        book = SessionBook(open: open)
    }

    @Test(
        "Whoever connects again and again fills no record: what is beyond is counted, and there again in time"
    )
    mutating func budget() throws {
        var began = 0
        // 10 at once, gone by the next look, each second for an hour.
        var leftOut = 0
        var records = 0
        for second in 0..<3600 {
            let now = TimeInterval(second)
            let sessions = (0..<10).map { number in
                seen(Int64(second * 10 + number), since: Sample.now.addingTimeInterval(now))
            }
            let changes = take(sessions, second: now)
            began += changes.began.count
            records += changes.leftOut.count
            leftOut += changes.leftOut.reduce(0) { $0 + $1.count }
        }
        let most = SessionBudget.burst + Int(3600 / SessionBudget.refill) + 1
        #expect(began <= most && began >= most - 2)
        #expect(records <= 60 && records >= 50)
        let last = take([], second: 3700)
        leftOut += last.leftOut.reduce(0) { $0 + $1.count }
        #expect(began + leftOut == 36_000 && book.unlisted.isEmpty)
    }

    @Test("A session beyond the budget that stays is on record once there is some")
    mutating func promoted() throws {
        let many = (0..<Int64(SessionBudget.burst + 2)).map { seen($0) }
        #expect(take(many).began.count == SessionBudget.burst)
        #expect(book.unlisted.count == 2 && take(many, second: 1).isEmpty)
        #expect(take(many, second: SessionBudget.refill + 1).began.count == 1)
        #expect(take(many, second: SessionBudget.refill * 3).began.count == 1 && book.unlisted.isEmpty)
    }

    @Test("What the state has of a lease counts after a start too")
    mutating func recorded() throws {
        book.budget.open(lease.id, recorded: SessionBudget.burst - 1, now: Sample.now)
        #expect(take([seen(1), seen(2)]).began.count == 1 && book.unlisted.count == 1)
    }

    @Test("A number that is used again within one server is another session")
    mutating func reuse() {
        _ = take([seen(1)])
        let changes = take([seen(1, since: Sample.now.addingTimeInterval(1))])
        #expect(changes.ended.map(\.key.number) == [1] && changes.began.map(\.key.number) == [1])
    }

    @Test(
        "A standby that does not answer ends nothing, and sessions of other databases' leases are not followed"
    )
    mutating func others() {
        func look(_ servers: [SeenServer]) -> SessionBook.Changes {
            book.take(SessionLook(servers: servers), leases: [lease.id: lease], now: Sample.now)
        }
        let foreign = SeenSession(lease: LeaseID(), number: 9, startedAt: Sample.now)
        let primary = SeenServer(startedAt: Self.up, sessions: [seen(1), foreign])
        let standby = SeenServer(host: "b", startedAt: Self.up, sessions: [seen(1)])
        #expect(look([primary, standby]).began.count == 2)
        #expect(look([primary]).isEmpty)
        #expect(
            look([primary, SeenServer(host: "b", startedAt: Self.up, sessions: [])]).ended.map(\.key.host)
                == ["b"])
    }
}
