/// The parameters of a list. Written and read here, so that the daemon and the client mean the same.
///
/// ```swift
/// LeaseSearch(states: [.active], limit: 10).query            // "state=active&limit=10"
/// try LeaseSearch(items: [QueryItem("state", "active")])
/// ```
public protocol WireQuery: Sendable, Hashable {
    /// The parameters' names. Others are refused.
    static var keys: [String] { get }

    init(_ reader: inout QueryReader) throws(QueryError)

    /// The parameters that are set, in the order of `keys`.
    var items: [QueryItem] { get }
}

extension WireQuery {
    /// Reads decoded parameters, strictly.
    /// - Throws: `QueryError` for an unknown or repeated parameter, or a value that isn't one.
    public init(items: [QueryItem]) throws(QueryError) {
        var reader = try QueryReader(items, allowing: Self.keys)
        try self.init(&reader)
    }

    /// The query of a URL, percent-encoded, without the question mark; empty when no parameter is set.
    public var query: String {
        items.map { "\($0.name)=\(PercentEncoding.segment($0.value))" }.joined(separator: "&")
    }
}
