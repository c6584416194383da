/// Every target of notifications.
public struct NotificationTargetList: WireObject {
    /// Sorted by name.
    public var targets: [NotificationTargetStatus]

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case targets
    }

    public init(targets: [NotificationTargetStatus]) {
        self.targets = targets
    }
}
