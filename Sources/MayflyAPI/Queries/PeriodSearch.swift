public import Foundation

/// The period of an access review.
public struct PeriodSearch: WireQuery {
    /// From then on; 30 days before `to` when left out.
    public var from: Date?
    /// Until then; now when left out.
    public var to: Date?

    /// The parameters' names.
    public static let keys = ["from", "to"]

    public init(
        from: Date? = nil, to: Date? = nil
    ) {
        self.from = from
        self.to = to
    }

    public init(_ reader: inout QueryReader) throws(QueryError) {
        from = try reader.date("from")
        to = try reader.date("to")
    }

    public var items: [QueryItem] {
        var writer = QueryWriter()
        writer.add("from", from)
        writer.add("to", to)
        return writer.items
    }
}
