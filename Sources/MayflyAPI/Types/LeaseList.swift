/// Leases, newest first.
public struct LeaseList: WireObject {
    /// One page.
    public var leases: [Lease]
    /// Pass as `after` for the next page; absent on the last.
    public var next: String?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case leases
        case next
    }

    public init(leases: [Lease], next: String? = nil) {
        self.leases = leases
        self.next = next
    }
}
