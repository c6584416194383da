import MayflyCore

/// A table of cases that a team keeps beside its configuration: who asks for what and when, and what is to be said.
///
///     cases:
///       - name: developers read orders in office hours
///         who: { user: alice, groups: [ developers ] }
///         what: { profile: orders-read, ttl: 30m }
///         when: 2026-03-02T10:00:00+01:00
///         expect: { decision: allow, rule: developers read orders }
package struct PolicyTestFile: Sendable {
    package let path: String
    package let cases: [PolicyTestCase]

    /// - Throws: everything that is wrong, at once.
    package static func parse(text: String, path: String) throws(ConfigurationErrors) -> PolicyTestFile {
        let problems = ProblemList(file: path)
        guard let tree = YAMLTree(text: text, problems: problems),
            let section = Section(tree.field, keys: ["cases"]),
            let items = section.required("cases", fix: "cases: [ { name: …, who: …, what: …, expect: … } ]")?
                .list(of: "cases")
        else { throw ConfigurationErrors(problems.sortedErrors) }
        let cases = items.compactMap(PolicyTestCase.read)
        guard problems.errors.isEmpty else { throw ConfigurationErrors(problems.sortedErrors) }
        return PolicyTestFile(path: path, cases: cases)
    }
}
