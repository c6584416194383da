/// The leases that a filter matched, as they stand now: `revoking` ones go on ending by themselves.
public struct RevokeResult: WireObject {
    /// Every lease matched.
    public var leases: [Lease]

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case leases
    }

    public init(leases: [Lease]) {
        self.leases = leases
    }
}
