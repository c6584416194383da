/// What an exporter reads in one go.
package struct AuditExport: Sendable {
    /// Oldest first.
    package var records: [AuditRecord]
    /// All records up to this number were looked at; those that were asked for are in `records`.
    package var upTo: Int64

    package init(records: [AuditRecord], upTo: Int64) {
        self.records = records
        self.upTo = upTo
    }
}
