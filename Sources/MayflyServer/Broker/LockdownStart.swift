package import MayflyCore

/// A lockdown that was put in force, and what became of the leases that it revokes.
package struct LockdownStart: Sendable {
    package var lockdown: Lockdown
    /// Every lease that it ends, as it stands; those that are not gone go on ending by themselves.
    package var leases: [Lease]

    package init(lockdown: Lockdown, leases: [Lease]) {
        self.lockdown = lockdown
        self.leases = leases
    }
}
