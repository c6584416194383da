package import Foundation

/// How many sessions of a lease are put on record one by one. Whoever connects again and again would else fill the state, and
/// the log, with nothing but that: what is beyond is counted (`SessionsLeftOut`).
///
/// A bucket for each lease: `burst` at once, and one more every `refill` seconds.
package struct SessionBudget: Hashable, Sendable {
    package static let burst = 250
    package static let refill: TimeInterval = 30
    /// Of one lease, of those that only the server's log tells of: they come late and many at once. Its lines tell the others.
    package static let mostLogged = 1000
    /// A lease without new sessions for that long is forgotten; the state says later what it has on record.
    private static let memory: TimeInterval = 3600

    private struct Account: Hashable {
        var left: Double
        var at: Date
    }

    private var accounts: [LeaseID: Account] = [:]

    package init() {}

    /// Those of which it must be told how many are on record, before one more is.
    package func unknown(among leases: some Sequence<LeaseID>) -> [LeaseID] {
        leases.filter { accounts[$0] == nil }
    }

    /// - Parameter recorded: how many sessions of the lease are on record.
    package mutating func open(_ lease: LeaseID, recorded: Int, now: Date) {
        guard accounts[lease] == nil else { return }
        accounts[lease] = Account(left: Double(max(0, Self.burst - recorded)), at: now)
    }

    /// - Returns: whether one more is put on record; then it is taken.
    package mutating func take(_ lease: LeaseID, now: Date) -> Bool {
        var account = accounts[lease] ?? Account(left: Double(Self.burst), at: now)
        // A clock that steps back gives nothing, and takes nothing.
        let gained = max(0, now.timeIntervalSince(account.at)) / Self.refill
        account.left = min(Double(Self.burst), account.left + gained)
        account.at = now
        let isThere = account.left >= 1
        if isThere { account.left -= 1 }
        accounts[lease] = account
        return isThere
    }

    package mutating func forgetOld(now: Date) {
        accounts = accounts.filter { now.timeIntervalSince($0.value.at) < Self.memory }
    }
}
