import MayflyCore
import MayflyDatabases
import MayflyTesting
import Testing

/// What approvers are shown of a group on MariaDB and MySQL.
@Suite struct MariaDBPrivilegesTests {
    @Test("A group's privileges are read through the guard, and no other's")
    func shown() async throws {
        let environment = try await MariaDBEnvironment.shared()
        #expect(
            try await environment.engine.privileges(of: ["orders_readonly"])
                == ["SELECT on table `orders`.`customers`"])
        await #expect(throws: EngineFailure.self) { try await environment.engine.privileges(of: ["root"]) }
    }

    @Test("What is broad comes first, so that no number of columns hides it")
    func broadest() async throws {
        let environment = try await MariaDBEnvironment.make()
        let columns = (1...210).map { "c\($0)" }
        try await environment.server.client(
            script: """
                CREATE ROLE wide_readers; CREATE SCHEMA wide; CREATE TABLE wide.zebra (id INT);
                CREATE TABLE wide.columns (\(columns.map { "\($0) INT" }.joined(separator: ", ")));
                CREATE PROCEDURE wide.work() SELECT 1;
                GRANT SELECT (\(columns.joined(separator: ", "))) ON wide.columns TO wide_readers;
                GRANT EXECUTE ON PROCEDURE wide.work TO wide_readers;
                GRANT DELETE ON wide.zebra TO wide_readers; GRANT CREATE ON wide.* TO wide_readers;
                INSERT INTO mayfly.allowed_group VALUES ('wide_readers');
                """)
        let lines = try await environment.engine.privileges(of: ["wide_readers"])
        #expect(
            lines.prefix(3) == [
                "CREATE on schema `wide`", "DELETE on table `wide`.`zebra`",
                "EXECUTE on procedure `wide`.`work`",
            ])
        #expect(lines.count == 201 && lines.last == "and more")
        await environment.engine.close()
    }

    @Test("A guard of before tells nothing of groups, is said to be older, and works otherwise")
    func older() async throws {
        let environment = try await MariaDBEnvironment.make()
        for statement in [
            "DROP PROCEDURE mayfly.privileges", "DROP FUNCTION mayfly.quoted", "DROP PROCEDURE mayfly.tell",
            "DROP PROCEDURE mayfly.effective", "DROP PROCEDURE mayfly.inspect",
            "UPDATE mayfly.guard SET guard_version = 1",
        ] { try await environment.server.execute(statement) }
        do {
            _ = try await environment.engine.privileges(of: ["orders_readonly"])
            Issue.record("told")
        } catch {
            #expect(error.publicMessage.contains("guard is older"), "\(error)")
        }
        #expect(await environment.engine.health().failure == nil)
        let order = try DatabaseEngineConformance(environment).order()
        _ = try await environment.engine.issue([order.order])[0].get()
        let findings = await environment.engine.preflight(profiles: [environment.profile])
        #expect(findings.contains { $0.severity == .note && $0.message.contains("version 1 is older") })
        #expect(!findings.contains { $0.severity == .error }, "\(findings)")
        // What else is missing is no matter of age.
        try await environment.server.execute("DROP PROCEDURE mayfly.sessions")
        let broken = await environment.engine.preflight(profiles: [])
        #expect(
            broken.contains { $0.severity == .error && $0.message.contains("mayfly.sessions is missing") })
        await environment.engine.close()
    }
}
