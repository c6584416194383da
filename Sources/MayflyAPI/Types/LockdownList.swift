/// Lockdowns, newest first.
public struct LockdownList: WireObject {
    /// Those in force, unless more was asked for.
    public var lockdowns: [Lockdown]

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case lockdowns
    }

    public init(lockdowns: [Lockdown]) {
        self.lockdowns = lockdowns
    }
}
