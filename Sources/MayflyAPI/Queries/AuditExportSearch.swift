/// Which part of the audit log to export.
public struct AuditExportSearch: WireQuery {
    /// Only records with a higher number.
    public var after: Int64?
    /// The last record of interest.
    public var to: Int64?

    /// The parameters' names.
    public static let keys = ["after", "to"]

    public init(after: Int64? = nil, to: Int64? = nil) {
        self.after = after
        self.to = to
    }

    public init(_ reader: inout QueryReader) throws(QueryError) {
        after = try reader.integer("after", in: 0...Int64.max)
        to = try reader.integer("to", in: 1...Int64.max)
    }

    public var items: [QueryItem] {
        var writer = QueryWriter()
        writer.add("after", after)
        writer.add("to", to)
        return writer.items
    }
}
