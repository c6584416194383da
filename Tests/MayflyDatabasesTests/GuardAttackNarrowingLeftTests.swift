import MayflyTesting
import SQLClients
import Testing

extension GuardAttack {
    /// What somebody leaves in a narrowed group's name, or hangs on it where nobody else can take it away. Before
    /// PostgreSQL 16 a lease can, as it may SET ROLE to its group; here the superuser does.
    @Suite(.serialized) struct NarrowingLeft {
        static let leftovers = [
            "SET ROLE NARROWED; SELECT lo_create(0);",
            "ALTER DEFAULT PRIVILEGES FOR ROLE NARROWED GRANT SELECT ON TABLES TO bystander;",
            "CREATE TABLE SCHEMA.own (); ALTER TABLE SCHEMA.own OWNER TO NARROWED;",
            "CREATE FUNCTION SCHEMA.f() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM SCHEMA.orders';"
                + " ALTER FUNCTION SCHEMA.f() OWNER TO NARROWED;",
            "\\connect postgres\nSET ROLE NARROWED; SELECT lo_create(0);",
        ]

        @Test(arguments: leftovers)
        func itsLeasesLoseWhatTheGroupLosesAndTheScopeGoesOnForOthers(leftover: String) async throws {
            let field = try await NarrowingField.make()
            let scope = field.member([("orders", "null"), ("customers", "null")])
            let narrowed = try await field.group(scope)
            let (lease, leaser) = try await field.leaser(narrowed)
            try await field.sql(leftover.replacing("NARROWED", with: narrowed))
            try await field.sql("REVOKE SELECT ON SCHEMA.orders FROM GROUP")
            try await field.age(narrowed, by: 60)
            #expect(try await field.tend(narrowed) == "fault")
            await expectSQLState("42501") {
                _ = try await leaser.query("SELECT id FROM \(field.schema).orders")
            }
            _ = try await leaser.query("SELECT id FROM \(field.schema).customers")
            #expect(try await field.tend(narrowed) == nil, "said once")

            // Who asks for the same gets another group, without it.
            let next = try await field.group(scope)
            #expect(next != narrowed && next.dropLast(4) == narrowed.dropLast(4))
            let (_, later) = try await field.leaser(next)
            _ = try await later.query("SELECT id FROM \(field.schema).customers")
            // And the leases of the first go on.
            let renewal = #"[{"lease": "\#(lease.id)", "ttl_seconds": 900}]"#
            try expectCode(try await field.guarded.call("renew", renewal).only(), "00000")

            // It is on the list, with what a DBA does.
            let fault = try await field.fault(narrowed)
            #expect(fault.contains("DROP OWNED BY \(narrowed);"))
            #expect(try await field.faults().contains { $0.hasPrefix("\(narrowed): ") })

            // Without members it has nothing any more, and goes once it is clean.
            try await field.guarded.lockAndTerminate(lease)
            #expect(try await field.guarded.call("drop", lease).string("state") == "dropped")
            _ = try await field.tend(narrowed)
            let has = "SELECT has_any_column_privilege($1, '\(field.schema).customers', 'SELECT') AS has"
            #expect(
                try await !field.guarded.server.execute(has, [narrowed], database: "app").only().bool("has"))
            #expect(try await field.exists(narrowed))
            try await field.age(narrowed, by: 700)
            try await field.sql(
                "DROP OWNED BY \(narrowed)", database: leftover.contains("postgres") ? "postgres" : "app")
            #expect(try await field.tend(narrowed) == "dropped")
            #expect(try await !field.exists(narrowed))
        }

        static let gifts = [
            "CREATE POLICY theirs ON SCHEMA.salaries TO NARROWED USING (true);",
            "\\connect postgres\nCREATE TABLE NARROWED (); GRANT SELECT ON NARROWED TO NARROWED;",
            "GRANT SELECT ON SCHEMA.salaries TO bystander WITH GRANT OPTION; GRANT USAGE ON SCHEMA SCHEMA TO bystander;"
                + " SET ROLE bystander; GRANT SELECT ON SCHEMA.salaries TO NARROWED;",
        ]

        /// Whoever owns something may do that, without any part in a lease.
        @Test(arguments: gifts)
        func whatOthersGaveItOfTheirOwnStopsNobodyAndIsListed(gift: String) async throws {
            let field = try await NarrowingField.make()
            let narrowed = try await field.group(field.member())
            let (lease, leaser) = try await field.leaser(narrowed)
            try await field.sql(gift.replacing("NARROWED", with: narrowed))
            try await field.sql("REVOKE SELECT ON SCHEMA.orders FROM GROUP")
            try await field.age(narrowed, by: 60)
            #expect(try await field.tend(narrowed) == "fault")
            await expectSQLState("42501") {
                _ = try await leaser.query("SELECT id FROM \(field.schema).orders")
            }
            #expect(try await field.group(field.member()) == narrowed)
            #expect(try await field.tend(narrowed) == nil, "said once")
            let renewal = #"[{"lease": "\#(lease.id)", "ttl_seconds": 900}]"#
            try expectCode(try await field.guarded.call("renew", renewal).only(), "00000")
            let fault = try await field.fault(narrowed)
            #expect(
                fault.contains("DROP OWNED BY \(narrowed);") || fault.contains("bystander gave it SELECT"))
        }

        @Test func aMemberThatLeavesSomethingInEachDoesNotUseUpTheCeiling() async throws {
            let field = try await NarrowingField.make()
            var used: Set<String> = []
            for _ in 0..<16 {
                let narrowed = try await field.group(field.member())
                #expect(used.insert(narrowed).inserted)
                try await field.sql("SET ROLE \(narrowed); SELECT lo_create(0)")
                try await field.age(narrowed)
            }
            let row = try await field.narrow(field.member())
            try expectCode(row, "MF003")
            #expect(try row.string("message").contains("mayfly_narrowing.narrowed"))
            _ = try await field.group(field.member([("customers", "null")]))
            try await field.sql("DROP OWNED BY \(used.sorted()[3])")
            #expect(try await field.group(field.member()) == used.sorted()[3])
        }

        @Test func anEventTriggerOfSomebodysStopsWhatWouldFireIt() async throws {
            let guarded = try await GuardAttackServer.start()
            let field = NarrowingField(guarded: guarded, group: "orders_readonly", schema: "public")
            let narrowed = try await field.group(field.member())
            let (_, leaser) = try await field.leaser(narrowed)
            try await field.sql(
                """
                CREATE TABLE more (a int); GRANT SELECT ON more TO GROUP; REVOKE SELECT ON orders FROM GROUP;
                CREATE FUNCTION workshop.fired() RETURNS event_trigger LANGUAGE plpgsql AS
                    'BEGIN IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN ALTER ROLE bystander SUPERUSER; END IF; END';
                ALTER FUNCTION workshop.fired() OWNER TO bystander;
                CREATE EVENT TRIGGER "the Trap" ON ddl_command_start EXECUTE FUNCTION workshop.fired();
                ALTER ROLE bystander NOSUPERUSER;
                """)
            let refused = try await field.narrow(field.member([("more", "null")]))
            try expectCode(refused, "MF018")
            #expect(try refused.string("message").hasSuffix("\nALTER EVENT TRIGGER \"the Trap\" DISABLE;"))
            #expect(try await field.tend(narrowed) == "fault")
            #expect(try await field.fault(narrowed).hasSuffix("\nALTER EVENT TRIGGER \"the Trap\" DISABLE;"))
            let mighty = try await field.guarded.server.execute(
                "SELECT rolsuper AS s FROM pg_roles WHERE rolname = 'bystander'"
            ).only().bool("s")
            #expect(!mighty)
            // What is in step goes on meanwhile.
            try await field.sql("ALTER EVENT TRIGGER \"the Trap\" DISABLE; GRANT SELECT ON orders TO GROUP")
            try await field.sql("ALTER EVENT TRIGGER \"the Trap\" ENABLE")
            #expect(try await field.tend(narrowed) == nil)
            #expect(try await field.fault(narrowed) == "")
            // The statement that it gives is the one that helps.
            try await field.sql(
                "ALTER EVENT TRIGGER \"the Trap\" DISABLE; REVOKE SELECT ON orders FROM GROUP")
            #expect(try await field.tend(narrowed) == "revoked")
            await expectSQLState("42501") { _ = try await leaser.query("SELECT id FROM orders") }
        }

        @Test func whoStoleTheBrokersAccountCannotKeepWhatAGroupLost() async throws {
            let guarded = try await GuardAttackServer.start()
            let field = NarrowingField(guarded: guarded, group: "orders_readonly", schema: "public")
            let narrowed = try await field.group(field.member())
            let (_, leaser) = try await field.leaser(narrowed)
            try await field.age(narrowed, by: 90)
            let thief = try await guarded.broker(database: "app")
            _ = try await thief.query("BEGIN")
            _ = try await thief.query(
                "SELECT * FROM mayfly_narrowing.narrow($1::jsonb)", ["[\(field.member())]"])
            try await field.sql("REVOKE SELECT ON orders FROM GROUP")
            #expect(try await field.tend(narrowed, puttingFirst: false) == "revoked")
            await expectSQLState("42501") { _ = try await leaser.query("SELECT id FROM orders") }
            await #expect(throws: PostgreSQLError.self) { _ = try await thief.query("SELECT 1") }

            // By the group itself: a lease of it that is never made. Since 17 that keeps COMMENT from it.
            try await field.sql("GRANT SELECT ON orders TO GROUP")
            try await field.age(narrowed, by: 90)
            _ = try await field.group(field.member())
            let second = try await guarded.broker()
            _ = try await second.query("BEGIN")
            _ = try await second.query(
                "SELECT * FROM mayfly.issue($1::jsonb)", ["[\(GuardAttackMember(groups: [narrowed]).json)]"])
            try await field.age(narrowed, by: 90)
            try await field.sql("REVOKE SELECT ON orders FROM GROUP")
            #expect(try await field.tend(narrowed, puttingFirst: false) == "revoked")
            #expect(try await field.fault(narrowed) == "")
            await expectSQLState("42501") { _ = try await leaser.query("SELECT id FROM orders") }
        }

        @Test func whatIsAskedForAgainIsNotTakenForUnused() async throws {
            let field = try await NarrowingField.make()
            let narrowed = try await field.group(field.member())
            try await field.sql(
                "UPDATE mayfly_narrowing.narrowed SET asked_at = now() - interval '11 minutes' WHERE name = '\(narrowed)'"
            )
            #expect(try await field.group(field.member()) == narrowed)
            #expect(try await field.tend(narrowed) == nil)
            #expect(try await field.exists(narrowed))
        }

        @Test func manyGroupsAreLookedAtInTurns() async throws {
            let guarded = try await GuardAttackServer.start()
            let field = NarrowingField(guarded: guarded, group: "orders_readonly", schema: "public")
            let names = (0..<60).map { "t\($0)" }
            try await field.sql(
                names.map { "CREATE TABLE \($0) (); GRANT SELECT, DELETE ON \($0) TO GROUP;" }.joined())
            var groups: Set<String> = []
            for name in names { groups.insert(try await field.group(field.member([(name, "null")]))) }
            try await field.sql(
                names.map { "REVOKE DELETE ON \($0) FROM GROUP;" }.joined()
                    + "UPDATE mayfly_narrowing.narrowed SET tended_at = tended_at - interval '1 minute'")
            var revoked: [[String]] = []
            for more in [true, false] {
                let broker = try await guarded.broker(database: "app")
                let rows = try await broker.query(
                    "SELECT coalesce(narrowed, '') AS narrowed, action FROM mayfly_narrowing.tend()")
                await broker.close()
                #expect(try rows.contains { try $0.string("action") == "more" } == more)
                revoked.append(
                    try rows.filter { try $0.string("action") == "revoked" }.map { try $0.string("narrowed") }
                )
            }
            #expect(revoked.map(\.count) == [50, 10])
            #expect(Set(revoked.joined()) == groups)
        }
    }
}
