/// A lockdown after its end was tried, and what came of it.
package struct LockdownEnded: Sendable {
    package var change: Lease.Change
    package var lockdown: Lockdown

    package init(_ change: Lease.Change, _ lockdown: Lockdown) {
        self.change = change
        self.lockdown = lockdown
    }
}
