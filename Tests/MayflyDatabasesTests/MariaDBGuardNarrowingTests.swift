import MayflyDatabases
import MayflyTesting
import SQLClients
import Testing

extension MariaDBGuardAttack {
    /// What a stolen broker, a leaser or the owner of a schema could try on narrowed groups.
    @Suite(.serialized) struct Narrowing {
        private static let shared = Task { try await MariaDBGuardServer.startNarrowing() }

        private func narrow(
            _ table: String, in place: String? = "app", _ columns: [String]? = nil,
            of base: String = "orders_readonly", before: [String] = []
        ) async throws -> MariaDBRow {
            let guarded = try await Self.shared.value
            let part = MariaDBNarrowedPart(table, in: place, columns)
            return try guarded.only(try await guarded.narrow([part], of: base, before: before))
        }

        private func made(_ row: MariaDBRow) throws -> String {
            try #require(try row.optionalString("narrowed"), "\(row.values)")
        }

        private func rights(of group: String) async throws -> [String] {
            try await Self.shared.value.rights(of: group)
        }

        private func tend() async throws -> [[String?]] {
            try await Self.shared.value.tend()
        }

        @Test(arguments: [
            "[{}]", "[5]", #"[{"bases": ["orders_readonly"], "scope": []}]"#,
            #"[{"bases": [], "scope": [{"schema": "app", "table": "orders", "columns": null}]}]"#,
            #"[{"bases": [["orders_readonly"]], "scope": [{"schema": "app", "table": "orders", "columns": null}]}]"#,
            #"[{"bases": ["orders_readonly"], "scope": [{"schema": "app", "table": "orders"}]}]"#,
            #"[{"bases": ["orders_readonly"], "scope": [{"schema": "app", "table": "orders", "columns": []}]}]"#,
            #"[{"bases": ["orders_readonly"], "scope": [{"schema": "app", "table": "orders", "columns": [null]}]}]"#,
            #"[{"bases": ["orders_readonly"], "scope": [{"schema": "app", "table": ["orders"], "columns": null}]}]"#,
            #"[{"bases": ["orders_readonly"], "scope": [{"schema": "app", "table": "orders", "columns": null}, {"schema": "app", "table": "orders", "columns": ["id"]}]}]"#,
        ])
        func whatIsNoScopeIsRefused(batch: String) async throws {
            let guarded = try await Self.shared.value
            #expect(try guarded.only(try await guarded.call("narrow", batch)).string("code") == "MF001")
            #expect(try guarded.only(try await guarded.call("preview", batch)).string("code") == "MF001")
        }

        @Test(
            arguments: [
                ("user", "mysql", nil), ("lease", "mayfly", nil), ("TABLES", "information_schema", nil),
                ("orders ", "app", nil),
                ("ORDERS", "app", nil), ("orders", "APP", nil), ("orders", "a_p", nil),
                ("orders", "app%", nil), ("%", "app", nil),
                ("orders` TO root@localhost; -- ", "app", nil), ("orders", "app`.`orders", nil),
                ("orders", "app", ["ID"]),
                ("orders", "app", ["id) ON app.orders TO x -- "]), ("orders", "app", ["*"]),
                ("orders", "app", ["id", "nix"]),
            ] as [(String, String, [String]?)])
        func whatIsNoPartIsRefusedAndNothingIsMade(table: String, place: String, columns: [String]?)
            async throws
        {
            let row = try await narrow(table, in: place, columns)
            #expect(try row.string("code") == "MF020", "\(row.values)")
            #expect(try row.optionalString("narrowed") == nil)
        }

        @Test func aGroupThatIsNotAllowedIsNotNarrowed() async throws {
            let guarded = try await Self.shared.value
            try await guarded.server.client(
                script: "CREATE ROLE foreign_group; GRANT SELECT ON app.* TO foreign_group;")
            for base in ["foreign_group", "root", "PUBLIC", "mayfly_guard", "orders_readonly "] {
                #expect(try await narrow("orders", of: base).string("code") == "MF002", "\(base)")
            }
        }

        /// The server takes one of several entries that fit a schema; the group has INSERT there and no SELECT.
        @Test func patternsGiveNoMoreThanTheServerDoes() async throws {
            let guarded = try await Self.shared.value
            try await guarded.server.client(
                script: """
                    CREATE SCHEMA wildlife; CREATE TABLE wildlife.birds (id INT); CREATE SCHEMA my_app; CREATE SCHEMA myxapp;
                    CREATE TABLE my_app.t (id INT); CREATE TABLE myxapp.t (id INT);
                    GRANT SELECT ON `wild%`.* TO orders_app; GRANT INSERT ON wildlife.* TO orders_app;
                    GRANT SELECT ON `my\\_app`.* TO orders_app;
                    GRANT SELECT, INSERT ON wildlife.birds TO mayfly_guard@localhost WITH GRANT OPTION;
                    GRANT SELECT ON my_app.t TO mayfly_guard@localhost WITH GRANT OPTION;
                    GRANT SELECT ON myxapp.t TO mayfly_guard@localhost WITH GRANT OPTION;
                    CREATE USER member@localhost IDENTIFIED BY 'Member-1'; GRANT orders_app TO member@localhost;
                    """)
            let member = try await guarded.server.connect(as: "member", password: "Member-1")
            _ = try await member.query("SET ROLE orders_app")
            await #expect(throws: MariaDBError.self) {
                _ = try await member.query("SELECT * FROM wildlife.birds")
            }
            let birds = try await narrow("birds", in: "wildlife", of: "orders_app")
            #expect(try birds.string("code") == "MF020", "\(birds.values)")
            #expect(try await narrow("t", in: "myxapp", of: "orders_app").string("code") == "MF020")
            let group = try made(try await narrow("t", in: "my_app", of: "orders_app"))
            #expect(try await rights(of: group) == ["my_app.t Select"])
            // A table is where the group has something on one of its name.
            #expect(try made(try await narrow("t", in: nil, of: "orders_app")) == group)
        }

        @Test(
            arguments: ["", "ANSI_QUOTES", "NO_BACKSLASH_ESCAPES,ANSI_QUOTES,PIPES_AS_CONCAT"],
            [
                "x`; DROP SCHEMA canary; --", "it's", "caf\u{e9}", "表", "a.b", "100%_sure", "_", "\"", "\\",
                "\\_",
                "{{group}}", "select", "Mixed Case",
            ])
        func namesAreNamesWhateverIsInThem(mode: String, name: String) async throws {
            let guarded = try await Self.shared.value
            let path = try MariaDBQuoting.identifier(name)
            try await guarded.server.execute(
                "CREATE TABLE IF NOT EXISTS app.\(path) (\(path) INT, other INT)")
            for columns in [nil, [name]] {
                let group = try made(
                    try await narrow(
                        name, in: nil, columns, before: mode.isEmpty ? [] : ["SET sql_mode = '\(mode)'"]))
                let row = try guarded.only(
                    try await guarded.server.execute(
                        """
                        SELECT t.Db AS d, t.Table_name AS t, COALESCE(c.Column_name, '') AS c FROM mysql.tables_priv t
                          LEFT JOIN mysql.columns_priv c ON c.User = t.User WHERE t.User = ?
                        """, [group]
                    ).map { $0 })
                #expect(row.values == ["app", name, columns?.first ?? ""])
            }
        }

        @Test func whatAGroupLosesItsNarrowedGroupsLoseWhetherOrNotTheGuardMayStillHandItOn() async throws {
            let guarded = try await Self.shared.value
            let server = guarded.server
            try await server.client(
                script: """
                    CREATE TABLE app.losing (id INT, name TEXT, extra INT); GRANT UPDATE (name) ON app.losing TO orders_readonly;
                    GRANT UPDATE, DELETE ON app.losing TO mayfly_guard@localhost WITH GRANT OPTION;
                    """)
            let group = try made(try await narrow("losing", in: "app", ["id", "name"]))
            #expect(
                try await rights(of: group) == ["app.losing.id Select", "app.losing.name Select,Update"])
            #expect(try await !tend().contains { $0.first == group })
            // Somebody gives it more, of several kinds.
            try await server.client(
                script: """
                    GRANT SELECT ON app.* TO \(group); GRANT DROP ON app.losing TO \(group); GRANT SHOW DATABASES ON *.* TO \(group);
                    """)
            #expect(try await tend().contains([group, "revoked"]))
            #expect(try await rights(of: group) == ["app.losing.id Select", "app.losing.name Select,Update"])
            let everything = try await server.execute("SHOW GRANTS FOR `\(group)`").map(\.values)
            #expect(!everything.contains { $0.first??.contains("SHOW DATABASES") == true })
            // A column that is gone, and what is taken from the group.
            try await server.client(
                script:
                    "ALTER TABLE app.losing DROP COLUMN id; REVOKE UPDATE (name) ON app.losing FROM orders_readonly;"
            )
            #expect(try await tend().contains([group, "revoked"]))
            #expect(try await rights(of: group) == ["app.losing.name Select"])
            // A view in the table's place.
            try await server.client(
                script: "DROP TABLE app.losing; CREATE VIEW app.losing AS SELECT 1 AS name;")
            #expect(try await tend().contains([group, "revoked"]))
            #expect(try await rights(of: group).isEmpty)
            // Made again, and the guard may hand it on no more: what it has goes all the same.
            try await server.client(
                script: "DROP VIEW app.losing; CREATE TABLE app.losing (id INT, name TEXT);")
            #expect(try made(try await narrow("losing", in: "app", ["id", "name"])) == group)
            try await server.client(
                script: """
                    REVOKE ALL PRIVILEGES ON app.losing FROM mayfly_guard@localhost; REVOKE ALL PRIVILEGES ON app.* FROM mayfly_guard@localhost;
                    REVOKE SELECT ON app.* FROM orders_readonly;
                    """)
            #expect(try await tend().contains([group, "revoked"]))
            #expect(try await rights(of: group).isEmpty)
            try await server.client(
                script: """
                    GRANT SELECT ON app.* TO orders_readonly; GRANT SELECT, INSERT ON app.* TO mayfly_guard@localhost WITH GRANT OPTION;
                    """)
        }

        @Test func aNarrowedGroupIsTakenOnlyWhileItIsComparedAndItsGroupIsAllowed() async throws {
            let guarded = try await Self.shared.value
            let group = try made(try await narrow("orders", in: "app", ["id"]))
            let member = MariaDBGuardMember().with("groups", "[\"\(group)\"]")
            #expect(try await guarded.attempt(member).string("code") == "00000")
            for (change, back) in [
                (
                    "UPDATE mayfly.narrowed SET compared_at = SYSDATE(6) - INTERVAL 6 MINUTE",
                    "UPDATE mayfly.narrowed SET compared_at = SYSDATE(6)"
                ),
                (
                    "UPDATE mayfly.narrowed SET compared_at = SYSDATE(6) + INTERVAL 1 HOUR",
                    "UPDATE mayfly.narrowed SET compared_at = SYSDATE(6)"
                ),
                (
                    "UPDATE mayfly.narrowed SET fault = 'as when somebody else has it'",
                    "UPDATE mayfly.narrowed SET fault = NULL"
                ),
                (
                    "DELETE FROM mayfly.allowed_group WHERE name = 'orders_readonly'",
                    "INSERT INTO mayfly.allowed_group VALUES ('orders_readonly')"
                ),
            ] {
                try await guarded.server.execute(change)
                let other = MariaDBGuardMember().with("groups", "[\"\(group)\"]")
                #expect(try await guarded.attempt(other).string("code") == "MF002", "\(change)")
                try await guarded.server.execute(back)
            }
            // What a lease cannot do with it.
            let leaser = try await guarded.leaser(MariaDBGuardLease(id: member.lease, role: member.role))
            _ = try await leaser.query("SELECT id FROM app.orders")
            for statement in [
                "SELECT * FROM app.`losing`", "GRANT `\(group)` TO root@localhost",
                "CREATE VIEW app.v AS SELECT id FROM app.orders",
                "CALL mayfly.narrow('[]')", "SELECT * FROM mayfly.narrowed",
            ] {
                await #expect(throws: MariaDBError.self, "\(statement)") {
                    _ = try await leaser.query(statement)
                }
            }
            await leaser.close()
        }

        @Test func aRoleOfItsNameThatIsNotOursIsNotTouchedAndOneGivenToOthersIsAFault() async throws {
            let guarded = try await Self.shared.value
            try await guarded.server.client(
                script: "CREATE TABLE app.taken (id INT); CREATE TABLE app.shared (id INT);")
            let batch =
                #"[{"bases": ["orders_readonly"], "scope": [{"schema": "app", "table": "taken", "columns": null}]}]"#
            let name = try made(guarded.only(try await guarded.call("preview", batch)))
            try await guarded.server.execute("CREATE ROLE `\(name)`")
            #expect(try await narrow("taken").string("code") == "MF003")
            #expect(try await rights(of: name).isEmpty)
            let group = try made(try await narrow("shared"))
            // On MariaDB nobody can but who made it, and who writes in the server's own tables.
            try await guarded.server.client(
                script: "CREATE USER friend@localhost; "
                    + (guarded.server.isMySQL
                        ? "GRANT `\(group)` TO friend@localhost;"
                        : "INSERT INTO mysql.roles_mapping VALUES ('localhost', 'friend', '\(group)', 'N'); FLUSH PRIVILEGES;")
            )
            #expect(try await tend().contains([group, "fault"]))
            #expect(try await narrow("shared").string("code") == "MF003")
            try await guarded.server.execute("DROP USER friend@localhost")
            #expect(try made(try await narrow("shared")) == group)
            // Dropped by hand: made anew by whoever asks next, or forgotten.
            try await guarded.server.execute("DROP ROLE `\(group)`")
            #expect(try made(try await narrow("shared")) == group)
            #expect(try await rights(of: group).count == 1)
        }

        @Test func theCeilingHolds() async throws {
            let guarded = try await Self.shared.value
            try await guarded.server.execute("CREATE TABLE app.ceiling (id INT)")
            try await guarded.server.execute("UPDATE mayfly.guard SET max_narrowed = 0")
            #expect(try await narrow("ceiling").string("code") == "MF006")
            try await guarded.server.execute("UPDATE mayfly.guard SET max_narrowed = 500")
            #expect(try await narrow("ceiling").string("code") == "00000")
        }
    }
}
