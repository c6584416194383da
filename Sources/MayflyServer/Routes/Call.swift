import MayflyAPI
import MayflyCore

/// One call of a route, before its parts are looked at.
struct Call: Sendable {
    let route: Route
    /// The path's `{id}`, decoded; from outside, not parsed.
    let id: String
    let query: [QueryItem]
    let body: [UInt8]
    let idempotencyKey: String?
    /// How the caller wants an endless reply, and after what it goes on.
    var streamFormat = StreamFormat.lines
    var lastEventID: Int64?

    /// For routes without parameters.
    /// - Throws: `Refusal` with `invalid_request` if there are some.
    func noQuery() throws(Refusal) {
        guard let first = query.first else { return }
        throw Refusal(
            .invalidRequest, "\(first.name.quoted(limit: 40)) is not a parameter of this call",
            field: String(first.name.prefix(64)), hint: "this call takes no parameters")
    }

    func query<Query: WireQuery>(as _: Query.Type) throws(Refusal) -> Query {
        do { return try Query(items: query) } catch {
            throw Refusal(
                .invalidRequest, "\(error.field.quoted(limit: 40)): \(error.message)",
                field: String(error.field.prefix(64)))
        }
    }

    func body<Body: WireRequest>(as type: Body.Type) throws(Refusal) -> BodyReader<Body> {
        try noQuery()
        return try BodyReader(body, as: type)
    }
}
