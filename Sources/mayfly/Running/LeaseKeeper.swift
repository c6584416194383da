import Foundation
import MayflyAPI
import MayflyClient

/// Keeps a lease alive while a command uses it: tethered to us, renewed up to its maximum.
actor LeaseKeeper {
    /// What the user of the lease should know.
    enum Notice: Sendable, Equatable {
        case endsSoon(Date)
        case renewalFails(String)
        case ended(EndReason?)
    }

    private let client: MayflyClient
    private let tell: @Sendable (Notice) -> Void
    private var lease: Lease
    private var schedule: LeaseSchedule
    private var isOver = false
    private var toldOfFailure = false

    init(_ client: MayflyClient, _ lease: Lease, tell: @escaping @Sendable (Notice) -> Void) {
        self.client = client
        self.lease = lease
        self.tell = tell
        let now = Date.now
        schedule = LeaseSchedule(
            now: now, term: lease.expiresAt.timeIntervalSince(lease.createdAt).rounded(),
            expires: lease.expiresAt, latest: lease.endsLatestAt)
    }

    /// Keeps it until its end, or until cancelled.
    /// - Parameter tether: the answer to `MayflyClient.tether`.
    func keep(_ tether: TetherFeed) async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.renew() }
            await follow(tether)
            group.cancelAll()
        }
    }

    private func follow(_ tether: TetherFeed) async {
        var tether = tether
        while true {
            do {
                for try await event in tether {
                    take(event)
                    // As somebody wished who holds it: it lives on by itself, and is still renewed.
                    if event.event == .untethered { return await waitForEnd() }
                }
            } catch {
                // A broken connection is no news yet: the daemon may have been killed, and be back at once.
            }
            guard let again = await tetherAgain() else { return }
            tether = again
        }
    }

    /// Nobody tells of an untethered lease: it is looked at until it is over, or the command has ended.
    private func waitForEnd() async {
        while !isOver {
            do { try await Task.sleep(for: .seconds(5)) } catch { return }
            do {
                let lease = try await client.lease(lease.id)
                if lease.state != .active { end(lease.endReason) }
            } catch {
                // A daemon that is away is asked again; the end of the lease's time is known without it.
            }
        }
    }

    /// Waits for a daemon that is being restarted: it gives the lease 30 seconds from its return.
    private func tetherAgain() async -> TetherFeed? {
        var pause = Duration.milliseconds(50)
        while !isOver, !Task.isCancelled {
            do {
                return try await client.tether(lease.id)
            } catch  where error.problem?.code == .conflict || error.code == .notFound {
                await endAsRecorded()
            } catch {
                do { try await Task.sleep(for: pause) } catch { return nil }
                pause = min(pause * 2, .seconds(1))
            }
        }
        return nil
    }

    private func endAsRecorded() async {
        do {
            end(try await client.lease(lease.id).endReason)
        } catch { end(nil) }
    }

    /// Nothing is told from now on.
    /// - Returns: whether the lease is over already.
    func finish() -> Bool {
        defer { isOver = true }
        return isOver
    }

    private func take(_ event: TetherEvent) {
        lease = event.lease
        switch event.event {
        case .ended: end(event.lease.endReason)
        case .renewed: schedule.update(now: .now, expires: lease.expiresAt, latest: lease.endsLatestAt)
        default: break
        }
    }

    private func renew() async {
        while !isOver, !Task.isCancelled {
            switch schedule.next(.now) {
            case .wait(let moment):
                // Not in one piece: a machine that was asleep wakes up to another time.
                let pause = min(moment.timeIntervalSinceNow, 5)
                do { try await Task.sleep(for: .seconds(max(pause, 0.01))) } catch { return }
            case .warn(let end): tell(.endsSoon(end))
            case .renew(let ttl): await renew(ttl)
            case .over: end(.expired)
            }
        }
    }

    private func renew(_ ttl: Int) async {
        do {
            let renewed = try await client.renew(lease.id, ttlSeconds: ttl)
            lease = renewed
            toldOfFailure = false
            schedule.update(now: .now, expires: renewed.expiresAt, latest: renewed.endsLatestAt)
        } catch {
            guard error.code != .cancelled else { return }
            schedule.failed(now: .now)
            if !toldOfFailure { tell(.renewalFails(error.message)) }
            toldOfFailure = true
        }
    }

    private func end(_ reason: EndReason?) {
        guard !isOver else { return }
        isOver = true
        tell(.ended(reason))
    }
}
