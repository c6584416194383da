import Foundation
import MayflyCore

/// What was, or is to be, ended at the server while the state cannot be written. In memory: if the process dies,
/// the next start finds the leases as they were on record, and their roles gone.
struct UnrecordedEnds {
    /// Leases that somebody ended before their time, and what will be recorded of it.
    private(set) var ordered: [LeaseID: (lease: Lease, ending: LeaseStep)] = [:]
    /// What the server did, in that order.
    private(set) var owed: [(steps: [LeaseStep], at: Date)] = []
    /// Those whose access is gone.
    private(set) var settled: Set<LeaseID> = []
    private var failed: [LeaseID: (attempts: Int, retryAt: Date)] = [:]

    /// Not to be written to before.
    var retryAt: Date?
    var failedWrites = 0

    var isEmpty: Bool { ordered.isEmpty && owed.isEmpty }
    /// How many leases a look for due ones finds again.
    var known: Int { settled.count + failed.count }

    mutating func order(_ lease: Lease, _ ending: LeaseStep) {
        guard !settled.contains(lease.id), ordered[lease.id] == nil else { return }
        ordered[lease.id] = (lease, ending)
    }

    mutating func owe(_ steps: [LeaseStep], at now: Date) {
        guard !steps.isEmpty else { return }
        owed.append((steps, now))
    }

    mutating func settle(_ lease: LeaseID) {
        settled.insert(lease)
        failed[lease] = nil
        ordered[lease] = nil
    }

    mutating func fail(_ lease: LeaseID, _ backoff: Backoff, _ now: Date) {
        let attempts = (failed[lease]?.attempts ?? 0) + 1
        failed[lease] = (attempts, now.addingTimeInterval(backoff.delay(after: attempts)))
    }

    func hasFailed(_ lease: LeaseID) -> Bool { failed[lease] != nil }

    func isTurn(of lease: LeaseID, _ now: Date) -> Bool {
        !settled.contains(lease) && (failed[lease]?.retryAt ?? now) <= now
    }

    /// The oldest that is owed is on record.
    mutating func recordedFirst() { owed.removeFirst() }

    mutating func recorded(_ endings: [LeaseStep]) {
        for ending in endings { ordered[ending.lease] = nil }
    }

    /// The state can be written again.
    /// - Returns: false, and forgets nothing, while something is still owed.
    mutating func forget() -> Bool {
        guard isEmpty else { return false }
        self = UnrecordedEnds()
        return true
    }
}
