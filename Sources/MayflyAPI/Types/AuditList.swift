/// Audit records, oldest first.
public struct AuditList: WireObject {
    /// One page.
    public var records: [AuditRecord]
    /// Pass as `after` for the next page; absent on the last.
    public var next: Int64?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case records
        case next
    }

    public init(records: [AuditRecord], next: Int64? = nil) {
        self.records = records
        self.next = next
    }
}
