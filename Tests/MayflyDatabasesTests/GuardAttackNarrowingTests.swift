import MayflyTesting
import SQLClients
import Testing

extension GuardAttack {
    /// Narrowed groups: never more than a part of a group that the DBA allowed.
    ///
    /// One after the other: `tend` looks at all of them.
    @Suite(.serialized) struct Narrowing {
        @Test func aNarrowedLeaseHasThoseTablesAndColumnsAndNothingElse() async throws {
            let field = try await NarrowingField.make()
            let narrowed = try await field.group(
                field.member([("orders", #"["customer", "id"]"#), ("customers", "null")]))
            let (_, leaser) = try await field.leaser(narrowed)
            let schema = field.schema
            #expect(try await leaser.query("SELECT id, customer FROM \(schema).orders").count == 2)
            #expect(try await leaser.query("SELECT id, name FROM \(schema).customers").count == 1)
            _ = try await leaser.query("INSERT INTO \(schema).orders (customer) VALUES (3)")
            for statement in [
                "SELECT secret FROM \(schema).orders", "SELECT * FROM \(schema).orders",
                "INSERT INTO \(schema).orders (secret) VALUES ('x')",
                "SELECT iban FROM \(schema).customers", "DELETE FROM \(schema).orders",
                "SELECT * FROM \(schema).salaries", "CREATE TABLE \(schema).x ()", "SET ROLE \(field.group)",
                "SELECT * FROM mayfly_narrowing.narrowed", "SELECT mayfly_narrowing.tend()",
            ] {
                await expectSQLState("42501") { _ = try await leaser.query(statement) }
            }
        }

        @Test func equalScopesShareAGroupInWhateverOrderTheyAreAskedFor() async throws {
            let field = try await NarrowingField.make()
            let one = try await field.group(
                field.member([("orders", #"["id", "customer"]"#), ("customers", "null")]))
            let other = try await field.group(
                field.member([("customers", "null"), ("orders", #"["customer", "id", "id"]"#)]))
            #expect(one == other)
            let bare = field.member().replacing(#""\#(field.schema)", "table""#, with: #"null, "table""#)
            #expect(try await field.group(field.member([("orders", "null")])) != one)
            // Others of that name are nothing to this group.
            #expect(try await field.group(bare) == field.group(field.member()))
        }

        static let beyond: [(String, String)] = [
            ("salaries", "null"), ("notices", "null"), ("missing", "null"), ("customers", #"["iban"]"#),
            ("customers", #"["id", "missing"]"#), ("customers", #"["tableoid"]"#), ("ORDERS", "null"),
            ("orders; DROP TABLE orders", "null"), (#"orders\" TO PUBLIC; --"#, "null"),
            ("orders", #"["id) ON x TO PUBLIC; --"]"#), ("orders_id_seq", "null"), ("orders_pkey", "null"),
        ]

        @Test(arguments: beyond)
        func whatTheGroupDoesNotHaveIsRefusedAndNothingIsMade(table: String, columns: String) async throws {
            let field = try await NarrowingField.make()
            let row = try await field.narrow(
                field.member(
                    [("orders", "null"), (table, columns)].filter {
                        $0.0 != "orders" || $0.1 == columns
                    }))
            try expectCode(row, "MF020")
            let made = try await field.guarded.server.execute(
                "SELECT FROM mayfly_narrowing.narrowed WHERE $1 = ANY (bases)", [field.group], database: "app"
            )
            #expect(made.isEmpty)
        }

        @Test(arguments: ["pg_catalog", "information_schema", "mayfly_narrowing", "mayfly_cleanup"])
        func nothingOfTheServersOrTheGuardsCanBeHad(schema: String) async throws {
            let field = try await NarrowingField.make()
            for table in ["pg_authid", "pg_class", "tables", "narrowed", "guard"] {
                try expectCode(
                    try await field.narrow(field.member([(table, "null")], schema: schema)), "MF020")
            }
        }

        @Test func aGroupThatTheDBADidNotAllowIsRefused() async throws {
            let field = try await NarrowingField.make(allowed: false)
            try expectCode(try await field.narrow(field.member()), "MF002")
            // Here, but not in core: there is a group, and no lease of it.
            try await field.sql("INSERT INTO mayfly_narrowing.allowed_base VALUES ('GROUP')")
            let narrowed = try await field.group(field.member())
            try expectCode(try await field.issue(narrowed), "MF002")
            for base in ["postgres", "pg_read_server_files", "missing", #"may\"fly"#] {
                let member = field.member().replacing(field.group, with: base)
                try expectCode(try await field.narrow(member), "MF002")
            }
        }

        static let malformed = [
            nil, "null", "{}", "[null]", "[[]]", "[1]", #"[{"bases": ["GROUP"]}]"#,
            #"[{"bases": [], "scope": [{"schema": "s", "table": "t", "columns": null}]}]"#,
            #"[{"bases": [null], "scope": [{"schema": "s", "table": "t", "columns": null}]}]"#,
            #"[{"bases": [["GROUP"]], "scope": [{"schema": "s", "table": "t", "columns": null}]}]"#,
            #"[{"bases": "GROUP", "scope": [{"schema": "s", "table": "t", "columns": null}]}]"#,
            #"[{"bases": ["GROUP"], "scope": []}]"#, #"[{"bases": ["GROUP"], "scope": null}]"#,
            #"[{"bases": ["GROUP"], "scope": [null]}]"#, #"[{"bases": ["GROUP"], "scope": ["orders"]}]"#,
            #"[{"bases": ["GROUP"], "scope": [{"schema": "s", "table": null, "columns": null}]}]"#,
            #"[{"bases": ["GROUP"], "scope": [{"schema": 1, "table": "t", "columns": null}]}]"#,
            #"[{"bases": ["GROUP"], "scope": [{"schema": "s", "table": "t"}]}]"#,
            #"[{"bases": ["GROUP"], "scope": [{"schema": "s", "table": "t", "columns": null, "x": 1}]}]"#,
            #"[{"bases": ["GROUP"], "scope": [{"schema": "s", "table": "t", "columns": []}]}]"#,
            #"[{"bases": ["GROUP"], "scope": [{"schema": "s", "table": "t", "columns": [null]}]}]"#,
            #"[{"bases": ["GROUP"], "scope": [{"schema": "s", "table": "t", "columns": [["c"]]}]}]"#,
            #"[{"bases": ["GROUP"], "scope": [{"schema": "s", "table": "t", "columns": "c"}]}]"#,
            #"[{"bases": ["GROUP"], "scope": [{"schema": "s", "table": "t", "columns": null}, {"schema": "s", "table": "t", "columns": ["c"]}]}]"#,
        ]

        @Test(arguments: malformed)
        func whatIsMalformedIsRefused(batch: String?) async throws {
            let field = try await NarrowingField.make()
            for function in ["narrow", "preview"] {
                do {
                    try expectCode(
                        try await field.call(function, batch?.replacing("GROUP", with: field.group)).only(),
                        "MF001")
                } catch let error as PostgreSQLError {
                    #expect(error.sqlState?.code == "MF001")
                }
            }
        }

        @Test func theBrokerCallsWhatIsMeantForItAndTouchesNothingElse() async throws {
            let guarded = try await GuardAttackServer.shared()
            let broker = try await guarded.broker(database: "app")
            for statement in [
                "SELECT * FROM mayfly_narrowing.narrowed", "TABLE mayfly_narrowing.guard",
                "INSERT INTO mayfly_narrowing.allowed_base VALUES ('postgres')",
                "UPDATE mayfly_narrowing.guard SET max_groups = 1500",
                "SELECT mayfly_narrowing.holders('{postgres}')", "SELECT mayfly_narrowing.held(1, '{}')",
                "SELECT mayfly_narrowing.wanted('[]', '{}')", "SELECT mayfly_narrowing.actual('x', '[]')",
                "SELECT mayfly_narrowing.things('x', '[]')", "SELECT mayfly_narrowing.gifts('x', '[]')",
                "SELECT mayfly_narrowing.surplus('x', '[]', '{}')",
                "SELECT mayfly_narrowing.takes('x', '[]', '{}')",
                "SELECT mayfly_narrowing.takes_of_gifts('x', '[]', 1)",
                "SELECT mayfly_narrowing.gives('x', '[]', '{}')",
                "SELECT mayfly_narrowing.left_in('x', '[]', true)",
                "SELECT mayfly_narrowing.run('{CREATE ROLE x SUPERUSER}', 10, '1s', now())",
                "SELECT mayfly_narrowing.take_away('{CREATE ROLE x SUPERUSER}', 10, '1s', now())",
                "SELECT mayfly_narrowing.take(1260, 10, 'x')", "SELECT mayfly_narrowing.restore('x')",
                "SELECT mayfly_narrowing.owns(10)", "SELECT mayfly_narrowing.end_holders(10)",
                "SELECT mayfly_narrowing.check_event_triggers()",
                "SELECT mayfly_narrowing.tells_apart(1, '{}')",
                "SELECT mayfly_narrowing.may_ask('', true)", "SELECT mayfly_narrowing.make_room(now())",
                "INSERT INTO mayfly_narrowing.allowed_view VALUES ('app.v')",
                "UPDATE mayfly_narrowing.guard SET made = 0",
                "SELECT mayfly_narrowing.place_of('{}', '[]')",
                "SELECT mayfly_narrowing.comment_of('{postgres}')", "SELECT mayfly_narrowing.bases('{}')",
                "SELECT mayfly_narrowing.canonical('[]', '{}')",
                "SELECT mayfly_narrowing.name_of('{}', '[]', 0)",
                "SELECT mayfly_narrowing.check_subset('[]', '{}', '{}')",
                "SELECT mayfly_narrowing.members('[]', false)", "DROP SCHEMA mayfly_narrowing CASCADE",
            ] {
                await expectSQLState("42501") { _ = try await broker.query(statement) }
            }
            let text = try await broker.query("SELECT mayfly_narrowing.describe() AS d").only().string("d")
            let description = try GuardAttackDescription.decode(text)
            let callable = description.functions.filter { !$0.acl.isEmpty }
            #expect(Set(callable.map(\.acl)) == [[GuardAttackServer.broker]])
            #expect(
                Set(callable.map(\.name)) == [
                    "mayfly_narrowing.describe()", "mayfly_narrowing.narrow(jsonb)",
                    "mayfly_narrowing.preview(jsonb)", "mayfly_narrowing.tend()",
                ])
            #expect(description.functions.allSatisfy { $0.security_definer })
            for level in ["REPEATABLE READ", "SERIALIZABLE"] {
                _ = try await broker.query("BEGIN ISOLATION LEVEL \(level)")
                await expectSQLState("MF013") {
                    _ = try await broker.query("SELECT mayfly_narrowing.narrow('[]')")
                }
                _ = try await broker.query("ROLLBACK")
                _ = try await broker.query("BEGIN READ ONLY")
                await expectSQLState("MF011") { _ = try await broker.query("SELECT mayfly_narrowing.tend()") }
                _ = try await broker.query("ROLLBACK")
            }
        }

        @Test func whatTheGroupLosesTheNarrowedGroupLosesLivingLeasesToo() async throws {
            let field = try await NarrowingField.make()
            let narrowed = try await field.group(field.member([("orders", "null"), ("customers", "null")]))
            let (_, leaser) = try await field.leaser(narrowed)
            _ = try await leaser.query("SELECT * FROM \(field.schema).orders")
            try await field.sql("REVOKE SELECT ON SCHEMA.orders FROM GROUP")
            #expect(try await field.tend(narrowed) == "revoked")
            await expectSQLState("42501") {
                _ = try await leaser.query("SELECT * FROM \(field.schema).orders")
            }
            _ = try await leaser.query("INSERT INTO \(field.schema).orders (customer) VALUES (4)")
            _ = try await leaser.query("SELECT id FROM \(field.schema).customers")
            #expect(try await field.tend(narrowed) == nil)
            // Nothing at all is left of one of its tables: who asks now is refused, whatever was there before.
            try await field.sql("REVOKE ALL ON SCHEMA.orders FROM GROUP")
            try await field.age(narrowed)
            try expectCode(
                try await field.narrow(field.member([("orders", "null"), ("customers", "null")])), "MF020")
        }

        @Test func whatSomebodyElseGivesItIsTakenAwayAgain() async throws {
            let field = try await NarrowingField.make()
            let narrowed = try await field.group(field.member())
            let (_, leaser) = try await field.leaser(narrowed)
            for gift in [
                "GRANT SELECT ON SCHEMA.salaries TO \(narrowed)",
                "GRANT DELETE ON SCHEMA.orders TO \(narrowed)",
                "GRANT SELECT (iban) ON SCHEMA.customers TO \(narrowed)",
                "GRANT CREATE ON SCHEMA SCHEMA TO \(narrowed)",
                "GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_file(text) TO \(narrowed)",
                "GRANT SELECT ON SCHEMA.orders TO \(narrowed) WITH GRANT OPTION",
                "ALTER DEFAULT PRIVILEGES IN SCHEMA \(field.schema) GRANT SELECT ON TABLES TO \(narrowed)",
                "GRANT CREATE ON DATABASE app TO \(narrowed)", "GRANT USAGE ON TYPE varchar TO \(narrowed)",
                "GRANT USAGE ON LANGUAGE plpgsql TO \(narrowed)",
                "GRANT CREATE ON TABLESPACE pg_default TO \(narrowed)",
                "GRANT \(narrowed) TO bystander", "GRANT \(narrowed) TO bystander WITH ADMIN OPTION",
                "GRANT pg_read_server_files TO \(narrowed)", "GRANT orders_app TO \(narrowed)",
                "ALTER ROLE \(narrowed) LOGIN", "ALTER ROLE \(narrowed) SUPERUSER CREATEROLE BYPASSRLS",
            ] {
                try await field.sql(gift)
                #expect(try await field.tend(narrowed) == "revoked", "\(gift)")
                try await field.sql(gift)
                try await field.age(narrowed)
                #expect(try await field.group(field.member()) == narrowed)
                #expect(try await field.tend(narrowed) == nil, "\(gift)")
            }
            _ = try await leaser.query("SELECT * FROM \(field.schema).orders")
            await expectSQLState("42501") {
                _ = try await leaser.query("SELECT * FROM \(field.schema).salaries")
            }
        }

        @Test func whatSomebodyElseGaveItIsUsedByNoLeaseMeanwhile() async throws {
            let field = try await NarrowingField.make()
            let narrowed = try await field.group(field.member())
            for gift in [
                "ALTER ROLE NARROWED LOGIN", "ALTER ROLE NARROWED SUPERUSER", "ALTER ROLE NARROWED BYPASSRLS",
                "GRANT pg_read_server_files TO NARROWED", "GRANT orders_app TO NARROWED",
                "COMMENT ON ROLE NARROWED IS NULL",
                "COMMENT ON ROLE NARROWED IS 'mayfly narrowed installation=other compared=x'",
            ] {
                try await field.sql(gift.replacing("NARROWED", with: narrowed))
                let row = try await field.issue(narrowed)
                #expect(try ["MF002", "MF003"].contains(row.string("sqlstate")), "\(gift)")
                try await field.age(narrowed, by: 60)
                _ = try await field.tend(narrowed)
                try expectCode(try await field.issue(narrowed), "00000")
            }
        }

        @Test func coreTakesNoneThatWasNotComparedJustNow() async throws {
            let field = try await NarrowingField.make()
            let narrowed = try await field.group(field.member())
            let lease = try await field.guarded.issue(GuardAttackMember(groups: [narrowed]))
            let renewal = #"[{"lease": "\#(lease.id)", "ttl_seconds": 900}]"#
            try expectCode(try await field.guarded.call("renew", renewal).only(), "00000")
            let said = "mayfly narrowed installation=attack compared="
            let of = #" of={"bases": ["\#(field.group)"], "database": "app"}"#
            for moment in ["now() - interval '301 s'", "now() + interval '60 s'"] {
                try await field.sql(
                    """
                    SELECT format('COMMENT ON ROLE \(narrowed) IS %L', '\(said)'
                        || to_char((\(moment))::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') || '\(of)') \\gexec
                    """)
                #expect(try await field.issue(narrowed).string("sqlstate") != "00000", "\(moment)")
                #expect(try await field.guarded.call("renew", renewal).only().string("sqlstate") != "00000")
            }
            try await field.age(narrowed)
            #expect(try await field.group(field.member()) == narrowed)
            try expectCode(try await field.issue(narrowed), "00000")
            try expectCode(try await field.guarded.call("renew", renewal).only(), "00000")
        }

        @Test func aGroupThatIsTakenAwayInCoreStopsItsNarrowedGroups() async throws {
            let field = try await NarrowingField.make()
            let narrowed = try await field.group(field.member())
            let lease = try await field.guarded.issue(GuardAttackMember(groups: [narrowed]))
            let renewal = #"[{"lease": "\#(lease.id)", "ttl_seconds": 900}]"#
            try await field.sql("ALTER ROLE GROUP CREATEDB")
            try expectCode(try await field.issue(narrowed), "MF003")
            try expectCode(try await field.guarded.call("renew", renewal).only(), "MF003")
            try await field.sql("ALTER ROLE GROUP NOCREATEDB")
            try await field.sql("DELETE FROM mayfly.allowed_group WHERE name = 'GROUP'", database: "mayfly")
            try expectCode(try await field.issue(narrowed), "MF002")
            try expectCode(try await field.guarded.call("renew", renewal).only(), "MF002")
        }

        @Test func onlyAMadeGroupIsOneWhateverItsNameAndComment() async throws {
            let field = try await NarrowingField.make()
            // A DBA's role under the very name: never taken over.
            let preview = try await field.call("preview", "[\(field.member())]").only()
            let narrowed = try preview.string("narrowed")
            #expect(try await !field.exists(narrowed))
            try await field.sql("CREATE ROLE \(narrowed); GRANT SELECT ON SCHEMA.salaries TO \(narrowed)")
            #expect(try await field.group(field.member()) != narrowed)
            try expectCode(try await field.issue(narrowed), "MF002")
            #expect(
                try await field.guarded.server.execute(
                    "SELECT FROM pg_class WHERE relname = 'salaries' AND relacl::text LIKE '%' || $1 || '%'",
                    [narrowed], database: "app"
                ).count == 1)
            // And none whose comment names no group.
            for bases in ["[]", "[null]", "null", #"["postgres"]"#, #"["missing"]"#] {
                try await field.sql(
                    """
                    SELECT format('COMMENT ON ROLE \(narrowed) IS %L', 'mayfly narrowed installation=attack compared='
                        || to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') || ' of={"bases": \(bases)}') \\gexec
                    """)
                #expect(try await field.issue(narrowed).string("sqlstate") != "00000", "\(bases)")
            }
        }

        @Test func anUnusedGroupIsRemovedAndAUsedOneIsNot() async throws {
            let field = try await NarrowingField.make()
            let narrowed = try await field.group(field.member())
            let (lease, leaser) = try await field.leaser(narrowed)
            try await field.age(narrowed, by: 700)
            #expect(try await field.tend(narrowed) == nil)
            _ = try await leaser.query("SELECT id FROM \(field.schema).orders")
            try await field.guarded.lockAndTerminate(lease)
            #expect(try await field.guarded.call("drop", lease).string("state") == "dropped")
            try await field.age(narrowed, by: 0)
            #expect(try await field.tend(narrowed) == "dropped")
            #expect(try await !field.exists(narrowed))
            // Nothing of it is left in the ACLs.
            #expect(
                try await field.guarded.server.execute(
                    "SELECT FROM pg_class WHERE relacl::text LIKE '%' || $1 || '%'", [narrowed],
                    database: "app"
                ).isEmpty)
            #expect(try await field.group(field.member()) == narrowed)
        }

        @Test func oneThatADBADroppedIsMadeAnew() async throws {
            let field = try await NarrowingField.make()
            let narrowed = try await field.group(field.member())
            try await field.sql("DROP OWNED BY \(narrowed); DROP ROLE \(narrowed)")
            #expect(try await field.group(field.member()) == narrowed)
            let (_, leaser) = try await field.leaser(narrowed)
            _ = try await leaser.query("SELECT id FROM \(field.schema).orders")
            try await field.sql("DROP OWNED BY \(narrowed); DROP ROLE \(narrowed)")
            #expect(try await field.tend(narrowed) == "gone")
        }

        @Test func theCeilingOfGroupsHolds() async throws {
            let guarded = try await GuardAttackServer.start()
            try await guarded.server.psql(
                script: """
                    UPDATE mayfly_narrowing.guard SET max_groups = 1;
                    CREATE TABLE more (id int); GRANT SELECT ON more TO orders_readonly;
                    """, database: "app")
            let field = NarrowingField(guarded: guarded, group: "orders_readonly", schema: "public")
            let one = try await field.group(field.member())
            try expectCode(try await field.narrow(field.member([("more", "null")])), "MF006")
            #expect(try await field.group(field.member()) == one)
        }

        @Test func manyWhoAskAtOnceGetOneGroup() async throws {
            let field = try await NarrowingField.make()
            let groups = try await withThrowingTaskGroup(of: String.self) { tasks in
                for _ in 0..<8 { tasks.addTask { try await field.group(field.member()) } }
                return try await tasks.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(groups.count == 1)
        }

        @Test func namesThatNeedQuotingAreQuoted() async throws {
            let field = try await NarrowingField.make()
            let long = String(repeating: "Ü", count: 31)
            try await field.sql(
                #"""
                CREATE SCHEMA "select.\#(field.schema)"; GRANT USAGE ON SCHEMA "select.\#(field.schema)" TO GROUP;
                CREATE TABLE "select.\#(field.schema)"."Ta""ble, $$; --" ("Or""der" int, "\#(long)" int, "user" int);
                GRANT SELECT ON "select.\#(field.schema)"."Ta""ble, $$; --" TO GROUP;
                """#)
            let member = field.member(
                [(#"Ta\"ble, $$; --"#, #"["Or\"der", "\#(long)"]"#)], schema: "select.\(field.schema)")
            let narrowed = try await field.group(member)
            let (_, leaser) = try await field.leaser(narrowed)
            let table = #""select.\#(field.schema)"."Ta""ble, $$; --""#
            _ = try await leaser.query(#"SELECT "Or""der", "\#(long)" FROM \#(table)"#)
            await expectSQLState("42501") { _ = try await leaser.query(#"SELECT "user" FROM \#(table)"#) }
        }
    }
}
