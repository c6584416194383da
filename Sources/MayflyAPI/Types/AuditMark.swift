/// What stands among the records of an exported audit log and is none: exactly one of its members is there.
public struct AuditMark: WireObject {
    /// After the last record that it covers.
    public var checkpoint: AuditCheckpoint?
    /// In the place of a record that is not as it was written.
    public var damaged: DamagedRecord?
    /// The last line: the number of the last record that was asked for.
    public var end: Int64?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case checkpoint
        case damaged
        case end
    }

    public init(checkpoint: AuditCheckpoint? = nil, damaged: DamagedRecord? = nil, end: Int64? = nil) {
        self.checkpoint = checkpoint
        self.damaged = damaged
        self.end = end
    }
}
