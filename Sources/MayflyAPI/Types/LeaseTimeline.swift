/// All that is on record of a lease, in order of time.
public struct LeaseTimeline: WireObject {
    /// The lease, as it is now.
    public var lease: Lease
    /// From its request to its end.
    public var entries: [TimelineEntry]
    /// How many sessions were seen.
    public var sessions: Int
    /// What this story does not tell, a sentence each.
    public var limits: [String]

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case lease
        case entries
        case sessions
        case limits
    }

    public init(lease: Lease, entries: [TimelineEntry], sessions: Int, limits: [String]) {
        self.lease = lease
        self.entries = entries
        self.sessions = sessions
        self.limits = limits
    }
}
