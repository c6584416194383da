import MayflyCore
import Testing

@Suite("Whether steps can be met")
struct StaffingTests {
    private static func step(_ name: String, _ count: Int, _ people: String?) -> Staffing.Step {
        Staffing.Step(
            name: name, count: count,
            people: people.map { Set($0.split(separator: " ").map { Person(rawValue: String($0)) }) })
    }

    @Test(
        "Nobody approves their own, and one person counts in one step only",
        arguments: [
            ([step("a", 1, "bob")], nil, nil), ([step("a", 2, "bob")], nil, "a"),
            ([step("a", 1, "")], nil, "a"),
            ([step("a", 1, "bob"), step("b", 1, "bob")], nil, "b"),
            ([step("a", 1, "bob carol"), step("b", 1, "bob")], nil, nil),
            ([step("a", 2, "bob carol"), step("b", 1, "bob carol")], nil, "b"),
            ([step("a", 2, "bob carol dora"), step("b", 1, "bob")], nil, nil),
            ([step("a", 1, "bob carol"), step("b", 1, "carol dora"), step("c", 1, "bob")], nil, nil),
            ([step("a", 1, "bob")], "bob", "a"), ([step("a", 1, "bob carol")], "bob", nil),
            ([step("a", 1, "bob carol"), step("b", 1, "bob carol")], "bob", "b"),
            ([step("a", 3, nil), step("b", 1, "bob")], nil, nil),
            ([step("a", 3, nil), step("b", 1, "bob")], "bob", "b"),
            ([step("a", 50, nil)], "bob", nil),
        ] as [([Staffing.Step], String?, String?)])
    func met(_ steps: [Staffing.Step], _ requester: String?, _ short: String?) {
        let found = Staffing.unmeetable(steps, for: requester.map { Person(rawValue: $0) })
        #expect(found?.name == short)
    }
}
