import Foundation
import MayflyCore
import Testing

extension DatabaseEngineConformance {
    private func sessions(of made: [Made]) async throws -> [SeenSession] {
        let leases = Set(made.map(\.order.lease))
        return try await engine.watchSessions().servers.flatMap(\.sessions).filter {
            leases.contains($0.lease)
        }
    }

    /// - Parameter tells: what the server tells of its sessions.
    package func aLookFindsTheSessionsOfOurRolesAndOfNobodyElse(tellsStart: Bool) async throws {
        let (one, two) = (try order(), try order(requester: "bob"))
        try await issue(one)
        try await issue(two)
        #expect(try await sessions(of: [one, two]).isEmpty)
        let first = try await environment.logIn(one.order.role, password: one.password)
        let second = try await environment.logIn(two.order.role, password: two.password)
        let other = try await environment.logIn(two.order.role, password: two.password)
        try await first.run("SELECT 4711 AS secret_literal")
        let look = try await engine.watchSessions()
        let server = try #require(look.servers.first)
        #expect(server.host.isEmpty && server.startedAt < .now)
        // Our own connections, and the DBA's, are not among them.
        let living = Set(try await engine.roles().compactMap(\.lease))
        #expect(server.sessions.allSatisfy { living.contains($0.lease) })
        let found = server.sessions.filter { [one.order.lease, two.order.lease].contains($0.lease) }
        #expect(found.filter { $0.lease == one.order.lease }.count == 1)
        #expect(found.filter { $0.lease == two.order.lease }.count == 2)
        #expect(Set(found.map { $0.key(on: server) }).count == 3)
        #expect(
            found.allSatisfy { ($0.startedAt != nil) == tellsStart && ($0.client.port != nil) == tellsStart })
        #expect(!"\(look)".contains("4711"))
        for session in [first, second, other] { await session.end() }
        try await eventually("none is left") { try await sessions(of: [one, two]).isEmpty }
        for made in [one, two] { _ = try await revoke(made) }
    }

    /// What a book of one lease says of it.
    /// - Parameter tellsClients: the server counts sessions that others ended, which proves of the rest that they ended themselves.
    package func howSessionsEndIsProvedNotGuessed(tellsClients: Bool = true) async throws {
        let made = try order()
        try await issue(made)
        let lease = StoreConformanceSample.lease(made)
        var book = SessionBook(open: [])
        func look(_ book: inout SessionBook) async throws -> SessionBook.Changes {
            book.take(try await engine.watchSessions(), leases: [made.order.lease: lease], now: .now)
        }
        func logIn() async throws -> any DatabaseEngineSession {
            try await environment.logIn(made.order.role, password: made.password)
        }
        // Others on a shared server may end otherwise at that moment: then it is unknown, and tried again.
        var byClient = false
        for _ in 0..<20 where !byClient {
            let session = try await logIn()
            #expect(try await look(&book).began.count == 1)
            await session.end()
            try await eventually("it is gone") { try await sessions(of: [made]).isEmpty }
            let how = try await look(&book).ended.map(\.ending?.how)
            byClient = how == [.client]
            guard tellsClients else {
                #expect(how == [.unknown])
                break
            }
        }
        #expect(byClient == tellsClients)

        // One of two, ended singly; then the other, with its lease.
        let (single, last) = (try await logIn(), try await logIn())
        let began = try await look(&book).began
        let victim = try #require(began.first)
        // Not under another lease's name, nor one that is not there.
        let stranger = try order()
        try await issue(stranger)
        #expect(try await !engine.endSession(victim.key, of: stranger.order.lease, seenAt: Date()))
        var wrong = victim.key
        wrong.number += 100_000
        #expect(try await !engine.endSession(wrong, of: made.order.lease, seenAt: Date()))
        #expect(try await sessions(of: [made]).count == 2)
        #expect(try await engine.endSession(victim.key, of: made.order.lease, seenAt: Date()))
        try await eventually("it is gone") { try await sessions(of: [made]).count == 1 }
        #expect(try await look(&book).ended.map(\.ending?.how) == [.unknown])
        #expect(try await !engine.endSession(victim.key, of: made.order.lease, seenAt: Date()))
        _ = try await revoke(made)
        try await eventually("the other is gone") {
            try await look(&book).ended.map(\.ending?.how) == [.revoked]
        }
        await single.end()
        await last.end()
        _ = try await revoke(stranger)
    }

    /// What a look costs with many of them.
    package func aLookAtManySessionsIsCheap(count: Int, within limit: Duration) async throws {
        let made = try order(connectionLimit: count)
        try await issue(made)
        var open: [any DatabaseEngineSession] = []
        for _ in 0..<count {
            open.append(try await environment.logIn(made.order.role, password: made.password))
        }
        _ = try await engine.watchSessions()
        let time = try await ContinuousClock().measure {
            for _ in 0..<5 {
                let found = try await sessions(of: [made])
                #expect(found.count == count)
            }
        }
        print("a look at \(count) sessions of one role: \(time / 5)")
        #expect(time / 5 < limit)
        guard case .gone(let ended, _) = try await revoke(made) else {
            Issue.record("not gone")
            return
        }
        #expect(ended == count)
        #expect(try await engine.watchSessions().told.filter { $0.lease == made.order.lease }.count == count)
        for session in open { await session.end() }
    }
}

extension StoreConformanceSample {
    /// As the state has it of a role that was made, and is being ended before its time.
    fileprivate static func lease(_ made: DatabaseEngineConformance<some DatabaseEngineEnvironment>.Made)
        -> Lease
    {
        Lease(
            id: made.order.lease, requestID: RequestID(), database: orders, engine: .postgresql,
            profile: read,
            requester: .init(user: "alice", uid: 1001), reason: nil, ticket: nil, role: made.order.role,
            groups: made.order.groups, isBreakGlass: false, createdAt: now, endsLatestAt: .distantFuture,
            expiresAt: .distantFuture, state: .revoking, isTethered: false, roleOID: nil, validUntil: nil,
            endedAt: nil,
            endReason: .revoked, attempts: 0, nextAttemptAt: nil, obstacle: nil)
    }
}
