import Foundation
import Logging
package import MayflyCore

/// Leases that end with the connection of their holder.
extension Broker {
    /// Binds the caller's own lease to a connection.
    package func tether(_ name: String, by identity: Identity) async throws(Refusal) -> Tether {
        let lease = try await ownLease(name, by: identity, what: "tethers")
        let now = timekeeper.now()
        guard lease.state == .active, lease.expiresAt > now else { throw Self.ended(lease) }
        // Held before it is on record: if it ends between, the holder is told.
        let tether = tethers.hold(lease)
        do throws(Refusal) {
            tethers.tell(.tethered, try await record(.tethered, .leaseTethered, of: lease, by: identity, now))
        } catch {
            // What could not be recorded is no reason to lose a lease that still waits for its holder.
            tethers.takeBack(tether)
            throw error
        }
        return tether
    }

    /// The holder's goodbye: the lease lives to its expiry.
    package func untether(_ name: String, by identity: Identity) async throws(Refusal) -> Lease {
        let lease = try await ownLease(name, by: identity, what: "untethers")
        let untethered = try await record(
            .untethered, .leaseUntethered, of: lease, by: identity, timekeeper.now())
        tethers.tell(.untethered, untethered)
        return untethered
    }

    private func record(
        _ event: Lease.Event, _ action: AuditEvent.Action, of lease: Lease, by identity: Identity, _ now: Date
    ) async throws(Refusal) -> Lease {
        let audit = AuditEvent(at: now, actor: .person(identity), action: action, subject: .init(of: lease))
        let results = try await stored { () async throws(StoreError) in
            try await store.apply([LeaseStep(lease.id, event, audit: audit)], now: now)
        }
        guard let result = results.first, result.change != .impossible, let changed = result.lease else {
            throw Self.ended(results.first?.lease ?? lease)
        }
        return changed
    }

    private static func ended(_ lease: Lease) -> Refusal {
        Refusal(
            .conflict, "lease \(lease.id) is \(lease.state == .active ? "expired" : lease.state.rawValue)",
            field: "id", hint: "ask for a new one")
    }

    /// Ends the leases whose holders are gone, until cancelled.
    func keepTethers() async {
        await withDiscardingTaskGroup { group in
            group.addTask { [timekeeper, tethers] in
                // Cancelled with the broker; then the one who waits must look up too.
                while (try? await timekeeper.sleep(for: .seconds(1))) != nil { tethers.bell.ring() }
                tethers.bell.ring()
            }
            while !Task.isCancelled {
                let lost = tethers.takeLost()
                if lost.isEmpty { await tethers.bell.wait() } else { await end(lost: lost) }
            }
        }
    }

    /// After a restart every tethered lease waits for its holder to come back.
    func awaitHolders() async throws {
        let deadline = timekeeper.now().addingTimeInterval(Tethers.grace)
        for lease in try await store.leases(Self.tethered(nil)) { tethers.await(lease.id, until: deadline) }
    }

    private static func tethered(_ ids: [LeaseID]?) -> LeaseQuery {
        LeaseQuery(ids: ids, states: [.active], isTethered: true, limit: 1_000_000)
    }

    private func end(lost: [LeaseID]) async {
        let now = timekeeper.now()
        do {
            let leases = try await store.leases(Self.tethered(lost))
            let steps = leases.map { Self.lost($0, now) }
            do {
                _ = try await store.apply(steps, now: now)
                for name in Set(leases.map(\.database)) { await databases[name]?.ender.wake() }
            } catch .unwritable {
                _ = await endUnrecorded(zip(leases, steps).map { (lease: $0, ending: $1) })
            }
        } catch {
            logger.error("lost leases not ended, trying again", metadata: ["error": "\(error)"])
            for lease in lost { tethers.await(lease, until: now.addingTimeInterval(1)) }
        }
    }

    private static func lost(_ lease: Lease, _ now: Date) -> LeaseStep {
        LeaseStep(
            lease.id, .ending(.tetherLost, attemptAt: now),
            audit: AuditEvent(
                at: now, actor: .broker, action: .leaseRevoking, subject: .init(of: lease),
                details: [
                    "end_reason": Lease.EndReason.tetherLost.rawValue, "requester": lease.requester.user,
                ]))
    }
}
