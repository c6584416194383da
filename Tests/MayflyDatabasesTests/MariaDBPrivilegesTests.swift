import MayflyCore
import MayflyDatabases
import MayflyTesting
import SQLClients
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
            "DROP PROCEDURE mayfly.effective", "DROP PROCEDURE mayfly.inspect", "DROP PROCEDURE mayfly.held",
            "DROP PROCEDURE mayfly.open_names",
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

    @Test("What groups give is told with what comes with roles granted to them; what everybody can, apart")
    func effective() async throws {
        let environment = try await MariaDBEnvironment.make()
        let server = environment.server
        let everybody = server.isMySQL ? "for_all" : "PUBLIC"
        try await server.client(
            script: """
                CREATE ROLE readers; CREATE ROLE upper; GRANT upper TO readers; \(server.isMySQL ? "CREATE ROLE for_all;" : "")
                CREATE TABLE orders.`o'd``d` (id INT, `c.1` INT); CREATE PROCEDURE orders.work() SELECT 1;
                GRANT SELECT (id, `c.1`) ON orders.`o'd``d` TO readers; GRANT SELECT ON orders.customers TO readers;
                GRANT INSERT ON orders.customers TO upper WITH GRANT OPTION; GRANT SHOW DATABASES ON *.* TO readers;
                GRANT EXECUTE ON PROCEDURE orders.work TO readers; GRANT SHOW VIEW ON orders.* TO readers;
                GRANT SELECT ON orders_archive.* TO \(everybody); INSERT INTO mayfly.allowed_group VALUES ('readers');
                """)
        if server.isMySQL { try await server.execute("SET GLOBAL mandatory_roles = 'for_all'") }
        let found = try await environment.engine.effectivePrivileges(of: ["readers"])
        #expect(
            found.entries.filter { !$0.isPublic }.map(\.line) == [
                "SHOW DATABASES on everything *.*", "SHOW VIEW on schema `orders`",
                "GRANT OPTION, INSERT, SELECT on table `orders`.`customers`",
                "EXECUTE on procedure `orders`.`work`", "SELECT on column `orders`.`o'd``d`.`c.1`",
                "SELECT on column `orders`.`o'd``d`.`id`",
            ])
        #expect(found.entries.filter(\.isPublic).map(\.line) == ["SELECT on schema `orders_archive`"])
        let again = try await environment.engine.effectivePrivileges(of: ["readers"])
        #expect(try again.encoded() == found.encoded())
        await environment.engine.close()
    }

    @Test("What would be run is what the guard runs, without a verifier, and nothing is run")
    func preview() async throws {
        for environment in [try await MariaDBEnvironment.shared(), try await MariaDBEnvironment.direct()] {
            let suite = DatabaseEngineConformance(environment)
            let server = environment.server
            let made = try suite.order(settings: environment.settings)
            let role = made.order.role
            let preview = try await suite.engine.preview(made.order)
            #expect(try await !environment.roleExists(role.rawValue))
            let text = preview.statements.joined(separator: ";\n") + ";"
            #expect(!text.contains(made.order.verifier.text) && text.contains("'‹verifier›'"))
            #expect(preview.privileges.entries.contains { $0.name.contains("customers") })

            // Beside an account that was made: the same, but for the name and whatever is made anew each time.
            try await suite.issue(made)
            let shown = String(role.rawValue.dropLast(RoleName.randomLength)) + "‹random›"
            let twin = "twin_\(role.rawValue.suffix(13))"
            try await server.client(
                script: text.replacing(shown, with: twin)
                    .replacing("‹verifier›", with: made.order.verifier.text)
                    .replacing("‹lease›", with: made.order.lease.description))
            func described(_ name: String) async throws -> [String] {
                let account = "`\(name)`@`\(environment.definition.madeAccounts.host)`"
                var lines: [String] = []
                for question in ["SHOW CREATE USER \(account)", "SHOW GRANTS FOR \(account)"] {
                    lines += try await server.execute(question).compactMap { $0.values.first ?? nil }
                }
                let limits = try await server.execute(
                    """
                    SELECT max_user_connections, max_questions, max_updates, max_connections FROM mysql.user WHERE User = ?
                    """, [name])
                lines += limits.map { $0.values.map { $0 ?? "" }.joined(separator: " ") }
                return lines.map {
                    $0.replacing(name, with: "NAME").replacing(/, "until": "[^"]*"/, with: "")
                }
            }
            #expect(try await described(twin) == described(role.rawValue))
            try await server.execute("DROP USER \(twin)@`\(environment.definition.madeAccounts.host)`")
            _ = try await suite.revoke(made)
        }
    }
}
