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
    /// For the next page of statements in the server's log; absent on the last.
    public var next: Int64?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case lease
        case entries
        case sessions
        case limits
        case next
    }

    public init(
        lease: Lease, entries: [TimelineEntry], sessions: Int, limits: [String], next: Int64? = nil
    ) {
        self.next = next
        self.lease = lease
        self.entries = entries
        self.sessions = sessions
        self.limits = limits
    }
}
