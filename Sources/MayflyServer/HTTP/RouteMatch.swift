import MayflyAPI

/// What a method and a path mean, by the route table.
enum RouteMatch: Equatable {
    /// With the decoded `{id}`; empty where the path has none.
    case route(Route, id: String)
    /// The path exists, with these methods.
    case otherMethod(allowed: [String])
    case none

    /// A fixed path goes before one with a parameter: `/v1/leases/revoke` is not a lease.
    private static let templates: [(Route, [Substring])] = Route.allCases
        .sorted { !$0.path.contains("{id}") && $1.path.contains("{id}") }
        .map { ($0, $0.path.split(separator: "/", omittingEmptySubsequences: false)) }

    init(method: String, path: Substring) {
        let segments = path.split(separator: "/", omittingEmptySubsequences: false)
        var allowed: [String] = []
        for (route, template) in Self.templates {
            guard template.count == segments.count else { continue }
            var id: String?
            let fits = zip(template, segments).allSatisfy { part, segment in
                guard part == "{id}" else { return part == segment }
                id = QueryString.decode(segment)
                return id?.isEmpty == false
            }
            guard fits else { continue }
            guard route.method.rawValue == method else {
                allowed.append(route.method.rawValue)
                continue
            }
            self = .route(route, id: id ?? "")
            return
        }
        self = allowed.isEmpty ? .none : .otherMethod(allowed: allowed.sorted())
    }
}
