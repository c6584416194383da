/// Which part of what a server's log says, in the order in which it came.
public struct LogPage: WireQuery {
    /// The `next` of the page before: statements only, as all else was on the first.
    public var after: Int64?

    /// The parameters' names.
    public static let keys = ["after"]

    public init(after: Int64? = nil) { self.after = after }

    public init(_ reader: inout QueryReader) throws(QueryError) {
        after = try reader.integer("after", in: 0...Int64.max)
    }

    public var items: [QueryItem] {
        var writer = QueryWriter()
        writer.add("after", after)
        return writer.items
    }
}
