/// Which lockdowns to list, newest first.
public struct LockdownSearch: WireQuery {
    /// Also those that have ended. For auditors and administrators.
    public var ended: Bool?

    /// The parameters' names.
    public static let keys = ["ended"]

    public init(ended: Bool? = nil) {
        self.ended = ended
    }

    public init(_ reader: inout QueryReader) throws(QueryError) {
        ended = try reader.boolean("ended")
    }

    public var items: [QueryItem] {
        var writer = QueryWriter()
        writer.add("ended", ended)
        return writer.items
    }
}
