package import Foundation
package import MayflyCore
import Synchronization

/// The leases that live only as long as somebody holds them: who holds which, and which wait to be held.
///
/// That a lease is tethered is in the state; who holds it is known here alone. A lease that nobody holds is awaited
/// until a moment: `grace` after it was issued or the broker started, or at once when its connection broke.
/// Whatever is still awaited then is lost, and the broker revokes it. If the process dies anywhere, the next start
/// awaits every tethered lease anew.
package final class Tethers: Sendable {
    /// In seconds: for a requester to tether a new lease, and for holders to come back after a restart.
    package static let grace: TimeInterval = 30

    private struct Hold {
        var lease: Lease
        /// Until when it was awaited before.
        let awaited: Date?
        let lines: AsyncStream<Tether.Line>.Continuation
    }

    private struct State {
        var holds: [LeaseID: [UInt64: Hold]] = [:]
        var awaited: [LeaseID: Date] = [:]
        var lastID: UInt64 = 0
    }

    private let state = Mutex(State())
    /// Rings when a lease was lost.
    let bell = Bell()
    private let now: @Sendable () -> Date

    package init(now: @escaping @Sendable () -> Date) { self.now = now }

    /// Holds a lease. Says nothing yet: the caller tells the first news once the tether is on record.
    package func hold(_ lease: Lease) -> Tether {
        let (lines, continuation) = AsyncStream.makeStream(of: Tether.Line.self)
        let id = state.withLock { state in
            state.lastID += 1
            let awaited = state.awaited.removeValue(forKey: lease.id)
            state.holds[lease.id, default: [:]][state.lastID] = Hold(
                lease: lease, awaited: awaited, lines: continuation)
            return state.lastID
        }
        return Tether(lines: lines, id: id, lease: lease.id, tethers: self)
    }

    /// Revoked unless it is held by `deadline`.
    package func await(_ lease: LeaseID, until deadline: Date) {
        state.withLock { state in
            if state.holds[lease] == nil { state.awaited[lease] = deadline }
        }
    }

    /// Tells all who hold a lease what became of it.
    package func tell(_ news: Tether.News, _ lease: Lease) {
        let lines = state.withLock { state in
            if news.isLast { state.awaited[lease.id] = nil }
            let holds = news.isLast ? state.holds.removeValue(forKey: lease.id) : state.holds[lease.id]
            for id in (news.isLast ? [:] : holds ?? [:]).keys { state.holds[lease.id]?[id]?.lease = lease }
            return holds?.values.map(\.lines) ?? []
        }
        for line in lines {
            line.yield(.news(news, lease))
            if news.isLast { line.finish() }
        }
    }

    func signOfLife(_ tether: Tether) {
        _ = state.withLock { $0.holds[tether.lease]?[tether.id]?.lines }?.yield(.alive)
    }

    func sayGoodbye(_ tether: Tether) {
        guard let hold = remove(tether, awaitedUntil: { _ in nil }) else { return }
        hold.lines.yield(.news(.goodbye, hold.lease))
        hold.lines.finish()
    }

    func letGo(_ tether: Tether) {
        let now = now()
        guard let hold = remove(tether, awaitedUntil: { _ in now }) else { return }
        hold.lines.finish()
        bell.ring()
    }

    /// As if it had never been held: it is awaited as long as it was before.
    func takeBack(_ tether: Tether) { remove(tether, awaitedUntil: \.awaited)?.lines.finish() }

    private func remove(_ tether: Tether, awaitedUntil: (Hold) -> Date?) -> Hold? {
        state.withLock { state -> Hold? in
            guard let hold = state.holds[tether.lease]?.removeValue(forKey: tether.id) else { return nil }
            if state.holds[tether.lease]?.isEmpty == true {
                state.holds[tether.lease] = nil
                state.awaited[tether.lease] = awaitedUntil(hold)
            }
            return hold
        }
    }

    /// The leases that nobody came for in time. Each is given out once.
    func takeLost() -> [LeaseID] {
        let now = now()
        return state.withLock { state in
            let lost = state.awaited.filter { $0.value <= now }.map(\.key)
            for lease in lost { state.awaited[lease] = nil }
            return lost
        }
    }
}
