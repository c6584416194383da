/// Checkpoints, oldest first.
public struct AuditCheckpointList: WireObject {
    /// One page.
    public var checkpoints: [AuditCheckpoint]
    /// Pass as `after` for the next page; absent on the last.
    public var next: Int64?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case checkpoints
        case next
    }

    public init(checkpoints: [AuditCheckpoint], next: Int64? = nil) {
        self.checkpoints = checkpoints
        self.next = next
    }
}
