/// A line of a tether's stream.
public struct TetherEvent: WireObject {
    /// What happened.
    public var event: TetherNews
    /// The lease as it stands.
    public var lease: Lease

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case event
        case lease
    }

    public init(event: TetherNews, lease: Lease) {
        self.event = event
        self.lease = lease
    }
}
