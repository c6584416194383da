import Foundation
import MayflyCore

/// Of which leases it is read what they ran, and when. Pure.
///
/// Leases with sessions are read again and again, those that have ended once more. What fails is waited for, longer each time; a
/// lease that fails alone is given up in the end, so that it keeps no other from being read.
struct StatementAgenda: Sendable {
    /// How often it is read what open sessions have run, in seconds.
    static let interval: TimeInterval = 30
    /// Leases in one call, while all goes well.
    static let mostAtOnce = 10
    /// More ended leases do not wait to be read.
    static let mostEnded = 5000
    /// So often a lease is tried that fails alone.
    static let tries = 8
    private static let longestPause: TimeInterval = 600

    private struct Trouble {
        var count = 0
        var notBefore = Date.distantPast

        mutating func again(_ now: Date) {
            notBefore = now.addingTimeInterval(min(15 * pow(2, Double(count)), longestPause))
            count += 1
        }
    }

    private var readAt: [LeaseID: Date] = [:]
    /// Leases that have ended, or whose session has, of which it is to be read for the last time.
    private var ended: [LeaseID: ProfileName] = [:]
    private var troubles: [LeaseID: Trouble] = [:]
    /// Of the server, whichever lease it is.
    private var trouble = Trouble()
    private var size = Self.mostAtOnce

    /// - Returns: false where too many wait; then it is not read.
    mutating func end(_ lease: LeaseID, of profile: ProfileName) -> Bool {
        guard ended[lease] != nil || ended.count < Self.mostEnded else { return false }
        ended[lease] = profile
        return true
    }

    /// Forgets what no profile wants, and open leases that are not.
    mutating func keep(_ profiles: Set<ProfileName>, open: Set<LeaseID>) {
        ended = ended.filter { profiles.contains($0.value) }
        readAt = readAt.filter { open.contains($0.key) }
        troubles = troubles.filter { open.contains($0.key) || ended[$0.key] != nil }
    }

    /// Those that are read now, the longest waiting first.
    func due(open: Set<LeaseID>, now: Date) -> [LeaseID] {
        guard trouble.notBefore <= now else { return [] }
        let wanted = open.filter { lease in
            readAt[lease].map { now.timeIntervalSince($0) >= Self.interval } ?? true
        }.union(ended.keys)
        return wanted.filter { (troubles[$0]?.notBefore ?? .distantPast) <= now }
            .sorted { (readAt[$0] ?? .distantPast, $0.rawValue) < (readAt[$1] ?? .distantPast, $1.rawValue) }
            .prefix(size).map { $0 }
    }

    /// The server answered.
    mutating func answered() {
        trouble = Trouble()
        size = min(Self.mostAtOnce, size * 2)
    }

    mutating func read(_ lease: LeaseID, now: Date) {
        readAt[lease] = now
        ended[lease] = nil
        troubles[lease] = nil
    }

    /// Nobody's could be read. It is tried again with one, in case that one of them is the reason.
    mutating func failed(_ now: Date) {
        trouble.again(now)
        size = 1
    }

    /// One lease's could not.
    /// - Returns: whether it is given up; then it counts as read.
    mutating func failed(_ lease: LeaseID, _ now: Date) -> Bool {
        troubles[lease, default: Trouble()].again(now)
        guard troubles[lease].map({ $0.count >= Self.tries }) ?? false else { return false }
        read(lease, now: now)
        return true
    }
}
