import MayflyCore
import Testing

@testable import mayflyd

/// `mode: direct` in the configuration.
@Suite struct DirectConfigurationTests {
    private func sample(_ profile: String = "") throws -> SampleConfiguration {
        let sample = try SampleConfiguration()
        sample.text = sample.text
            .replacing("engine: postgresql", with: "engine: postgresql\n    mode: direct")
            .replacing(
                "    member_of: [ orders_readonly ]\n", with: "    member_of: [ orders_readonly ]\n\(profile)"
            )
        return sample
    }

    @Test("What it risks is said without asking a server")
    func risk() throws {
        let file = try sample().parse()
        #expect(file.configuration.databases[DatabaseName(unchecked: "orders")]?.mode == .direct)
        #expect(
            file.notes.contains {
                $0.description.contains("mode direct: nothing in the server holds our account")
            })
    }

    @Test("Raw SQL of a lease is taken as it is")
    func statements() throws {
        let file = try sample(
            """
                creation_statements:
                  - "CREATE ROLE {{name}} LOGIN PASSWORD {{verifier}} VALID UNTIL {{expiration}} IN ROLE {{group}}"
                  - "DO $$ BEGIN PERFORM 'a;b'; END $$;"
                revocation_statements: [ "REVOKE ALL ON orders FROM {{name}}" ]

            """
        ).parse()
        let profile = try #require(file.configuration.profiles[ProfileName(unchecked: "orders-read")])
        #expect(profile.creationStatements.count == 2)
        #expect(profile.creationStatements[1] == "DO $$ BEGIN PERFORM 'a;b'; END $$;")
        #expect(profile.revocationStatements == ["REVOKE ALL ON orders FROM {{name}}"])
    }

    @Test(
        "What would break out, or needs the guard, is refused with the fix",
        arguments: [
            (
                "creation_statements: [ \"ALTER ROLE {{name}} PASSWORD {{password}}\" ]",
                "the password itself is never sent to a server"
            ),
            ("creation_statements: [ \"ALTER ROLE '{{name}}' LOGIN\" ]", "stands inside quotes or a comment"),
            (
                "creation_statements: [ \"COMMIT\" ]",
                "COMMIT would change the broker's own transaction or session"
            ),
            ("revocation_statements: [ \"SELECT {{verifier}}\" ]", "{{verifier}} stands for nothing here"),
            ("owned_objects: { reassign_to: orders_owner }", "needs the guard"),
            ("create: { owner: orders_owner }", "needs the guard"),
            ("statements: digests", "digests needs the guard"),
        ])
    func refused(line: String, words: String) throws {
        let complaints = try sample("    \(line)\n").complaints()
        #expect(complaints.contains { $0.contains(words) }, "\(complaints)")
    }
}
