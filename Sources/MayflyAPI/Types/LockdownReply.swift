/// A lockdown that was put in force.
public struct LockdownReply: WireObject {
    /// The lockdown.
    public var lockdown: Lockdown
    /// Every lease that it ends, as it stands now: `revoking` ones go on ending by themselves.
    public var leases: [Lease]

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case lockdown
        case leases
    }

    public init(lockdown: Lockdown, leases: [Lease]) {
        self.lockdown = lockdown
        self.leases = leases
    }
}
