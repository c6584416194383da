import Foundation
import MayflyAPI
import Testing

@Suite struct QueryTests {
    @Test func `what is written is what is read`() throws {
        let leases = LeaseSearch(
            states: [.active, .locked], profile: "p", database: "d", requester: "r", role: "mf_x",
            idPrefix: "abcd", mine: true, limit: 10, after: "x y&z")
        #expect(leases.items.map(\.name) == LeaseSearch.keys)
        #expect(try LeaseSearch(items: leases.items) == leases)
        #expect(leases.query.hasSuffix("after=x%20y%26z"))

        let requests = RequestSearch(
            states: [.denied], profile: "p", mine: false, toApprove: true, limit: 1, after: "a")
        #expect(requests.items.map(\.name) == RequestSearch.keys)
        #expect(try RequestSearch(items: requests.items) == requests)

        let audit = AuditSearch(
            after: 5, before: 9, newest: true, limit: 7, lease: "l", actor: "a", action: "lease.active",
            outcome: "done", request: "r", database: "d", profile: "p", role: "mf_x", rule: "u", text: "a b",
            since: Samples.now, until: Samples.now)
        #expect(audit.items.map(\.name) == AuditSearch.keys)
        #expect(try AuditSearch(items: audit.items) == audit)
        #expect(AuditSearch().query.isEmpty)

        let export = AuditExportSearch(after: 1, to: 2)
        #expect(export.items.map(\.name) == AuditExportSearch.keys)
        #expect(try AuditExportSearch(items: export.items) == export)
        let checkpoints = CheckpointSearch(after: 1, newest: true, limit: 2)
        #expect(checkpoints.items.map(\.name) == CheckpointSearch.keys)
        #expect(try CheckpointSearch(items: checkpoints.items) == checkpoints)
    }

    @Test(arguments: [
        ("limit", "0"), ("limit", "1001"), ("limit", "ten"), ("after", ""), ("mine", "yes"),
        ("state", "dead"),
        ("state", "active,"), ("colour", "red"),
    ])
    func `a wrong parameter is refused by name`(name: String, value: String) throws {
        let error = try #require(throws: QueryError.self) {
            try LeaseSearch(items: [QueryItem(name, value)])
        }
        #expect(error.field == name)
    }

    @Test func `a repeated parameter is refused`() {
        #expect(throws: QueryError(field: "limit", message: "given more than once")) {
            try LeaseSearch(items: [QueryItem("limit", "1"), QueryItem("limit", "2")])
        }
    }
}
