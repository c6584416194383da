import Foundation
import MayflyAPI
import Testing

@Suite struct OpenAPITests {
    let document: OpenAPIDocument

    init() throws { document = try OpenAPIDocument() }

    @Test func `every route is described, and nothing else is`() throws {
        let described = try document.operations()
        #expect(Set(described.keys) == Set(Route.allCases.map { "\($0.method.rawValue) \($0.path)" }))
        for route in Route.allCases {
            let operation = try #require(described["\(route.method.rawValue) \(route.path)"])
            #expect(operation["operationId"] as? String == route.operationID)
            #expect(operation["x-access"] as? String == route.access.rawValue)
        }
    }

    @Test func `every type has a schema, and every schema a type`() throws {
        let types = Set(Samples.all.map { String(describing: type(of: $0)) })
        let objects = try document.schemas().filter { $0.value["type"] as? String == "object" }
        #expect(Set(objects.keys) == types)
    }

    @Test func `a schema has the members of its type, with the same ones required`() throws {
        for sample in Samples.all { try check(sample) }
    }

    private func check<Sample: WireObject>(_ sample: Sample) throws {
        let name = String(describing: Sample.self)
        let schema = try #require(try document.schemas()[name])
        let properties = try #require(schema["properties"] as? [String: Any])
        let required = Set(schema["required"] as? [String] ?? [])
        let body = try MayflyJSON.encoder().encode(sample)
        let members = try #require(try JSONSerialization.jsonObject(with: body) as? [String: Any])

        #expect(Set(members.keys) == Set(Sample.keys), "\(name): the sample must set every member")
        let extensions =
            Sample.self == Problem.self
            ? [
                "maximum_ttl_seconds", "maximum_active", "maximum_calls", "maximum_requests_per_hour",
                "retry_after_seconds", "failure",
            ] : []
        #expect(Set(properties.keys) == Set(Sample.keys).union(extensions), "\(name)")
        #expect((schema["additionalProperties"] as? Bool == false) == (sample is any WireRequest), "\(name)")
        guard Sample.self != Problem.self else { return }  // reads problem documents of others too
        for member in members.keys {
            var fewer = members
            fewer[member] = nil
            let reduced = try JSONSerialization.data(withJSONObject: fewer)
            let decoded = (try? MayflyJSON.decoder().decode(Sample.self, from: reduced)) != nil
            #expect(decoded == !required.contains(member), "\(name).\(member)")
        }
    }

    @Test func `lists describe exactly their parameters`() throws {
        let lists: [(Route, [String])] = [
            (.leases, LeaseSearch.keys), (.requests, RequestSearch.keys), (.audit, AuditSearch.keys),
            (.exportAudit, AuditExportSearch.keys), (.auditCheckpoints, CheckpointSearch.keys),
            (.lockdowns, LockdownSearch.keys), (.reviews, ReviewSearch.keys), (.roles, RoleSearch.keys),
            (.sessions, SessionSearch.keys), (.showTimeline, LogPage.keys),
            (.accessReport, AccessSearch.keys), (.breakGlassReport, ReportSearch.keys),
            (.approvalsReport, ReportSearch.keys), (.unusedReport, UnusedSearch.keys),
        ]
        for (route, keys) in lists {
            let operation = try #require(try document.operations()["GET \(route.path)"])
            let parameters = try #require(operation["parameters"] as? [[String: Any]])
            #expect(parameters.compactMap { $0["name"] as? String } == keys)
        }
    }

    @Test func `calls that take a code say so, and no others`() throws {
        for route in Route.allCases {
            let operation = try #require(
                try document.operations()["\(route.method.rawValue) \(route.path)"])
            let parameters = operation["parameters"] as? [[String: Any]] ?? []
            let takesCode = parameters.contains { $0["$ref"] as? String == "#/components/parameters/code" }
            #expect(takesCode == route.takesCode, "\(route)")
        }
    }

    @Test func `every problem code is described with its status`() throws {
        let schema = try #require(try document.schemas()["ProblemCode"])
        let text = try #require(schema["description"] as? String)
        #expect(schema["examples"] as? [String] == ProblemCode.table.map(\.code.rawValue))
        for entry in ProblemCode.table { #expect(text.contains("`\(entry.code)` (\(entry.status))")) }
    }

    @Test func `every code of a closed list is an example`() throws {
        func check<Code: OpenCode>(_: Code.Type) throws {
            let schema = try #require(try document.schemas()[String(describing: Code.self)])
            #expect(schema["examples"] as? [String] == Code.known.map(\.rawValue))
        }
        try check(EngineName.self)
        try check(CallerRole.self)
        try check(RequestState.self)
        try check(StepState.self)
        try check(Verdict.self)
        try check(Decision.self)
        try check(AllowedBy.self)
        try check(RuleOutcome.self)
        try check(ReviewState.self)
        try check(ReviewVerdict.self)
        try check(LeaseState.self)
        try check(EndReason.self)
        try check(ServerRoleState.self)
        try check(SessionEnd.self)
        try check(ReapOutcome.self)
        try check(TetherNews.self)
        try check(BrokerMode.self)
        try check(TLSMode.self)
        try check(HealthStatus.self)
        try check(FindingLevel.self)
        try check(NotificationKind.self)
        try check(MFAState.self)
    }

    @Test func `every reference points at something`() throws {
        func walk(_ value: Any) throws {
            if let object = value as? [String: Any] {
                if let reference = object["$ref"] as? String {
                    let parts = reference.split(separator: "/")
                    try #require(parts.count == 4 && parts[1] == "components")
                    _ = try document.component(String(parts[2]), reference)
                }
                for member in object.values { try walk(member) }
            } else if let array = value as? [Any] {
                for element in array { try walk(element) }
            }
        }
        try walk(document.root)
    }
}
