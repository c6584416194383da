import MayflyTesting
import SQLClients
import Testing

extension GuardAttack {
    /// Views and rules that ask who reads: a narrowed lease is no member of the group, and must not be shown more for it.
    @Suite(.serialized) struct NarrowingViews {
        /// A field with a view `v`, on which its group may SELECT.
        private func field(_ view: String, _ more: String = "SELECT 1") async throws -> NarrowingField {
            let field = try await NarrowingField.make()
            let made = view.hasPrefix("CREATE") ? view : "CREATE VIEW SCHEMA.v AS \(view)"
            try await field.sql("\(Self.setting); \(made); \(more); GRANT SELECT ON SCHEMA.v TO GROUP")
            return field
        }

        private static let setting = """
            CREATE FUNCTION SCHEMA.f(int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
            CREATE FUNCTION SCHEMA.set(int) RETURNS SETOF int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
            CREATE AGGREGATE SCHEMA.agg (int) (SFUNC = int4larger, STYPE = int);
            CREATE OPERATOR SCHEMA.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq);
            CREATE FUNCTION SCHEMA.is(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
            CREATE OPERATOR SCHEMA.=== (LEFTARG = text, RIGHTARG = text, FUNCTION = texteq);
            CREATE OPERATOR SCHEMA.!== (LEFTARG = int, RIGHTARG = int, FUNCTION = SCHEMA.is);
            CREATE DOMAIN SCHEMA.masked AS text CHECK (length(value) < 99);
            CREATE TYPE SCHEMA.mood AS ENUM ('a', 'b');
            CREATE TABLE SCHEMA.t (id int, g int, t text, ts timestamptz, d date, arr int[], m SCHEMA.mood, j jsonb, n numeric)
            """

        @Test func aViewThatMasksForMembersIsNotShownUnmaskedToNarrowedLeases() async throws {
            let field = try await field(
                "SELECT id, CASE WHEN pg_has_role(current_user, 'GROUP', 'MEMBER') THEN '***' ELSE iban END AS iban"
                    + " FROM SCHEMA.customers")
            let whole = try await field.guarded.issue(GuardAttackMember(groups: [field.group]))
            let wholly = try await field.guarded.leaser(whole)
            #expect(
                try await wholly.query("SELECT iban FROM \(field.schema).v").only().string("iban") == "***")
            for function in ["narrow", "preview"] {
                let row = try await field.call(function, "[\(field.member([("v", "null")]))]").only()
                try expectCode(row, "MF020")
                let message = try row.string("message")
                #expect(message.contains("view \(field.schema).v may tell"))
                #expect(
                    message.contains(
                        "\nINSERT INTO mayfly_narrowing.allowed_view VALUES ('\(field.schema).v');"))
            }
            try expectCode(try await field.narrow(field.member([("v", #"["iban"]"#)])), "MF020")
            // Others of the scope are no less had for it.
            _ = try await field.group(field.member())
        }

        static let harmless = [
            "SELECT t.id, c.name FROM SCHEMA.t JOIN SCHEMA.customers c USING (id) LEFT JOIN SCHEMA.orders o ON o.id = t.id WHERE t.g > 3 ORDER BY t.id DESC LIMIT 5",
            "SELECT g, count(*) AS a, sum(n) AS b, string_agg(t, ',' ORDER BY t) AS c, array_agg(DISTINCT id) FILTER (WHERE g = 1) AS d FROM SCHEMA.t group by g HAVING count(*) > 1",
            "SELECT id, row_number() OVER (PARTITION BY g ORDER BY ts RANGE BETWEEN '1 day'::interval PRECEDING AND CURRENT ROW) FROM SCHEMA.t",
            "WITH c AS (SELECT * FROM SCHEMA.t), r AS (SELECT id FROM c UNION ALL SELECT id FROM SCHEMA.orders) SELECT * FROM r WHERE id IN (SELECT id FROM c) AND EXISTS (SELECT FROM c WHERE c.id = r.id)",
            "SELECT coalesce(t, 'x') || left(t, 3) AS a, CASE g WHEN 1 THEN 'a' ELSE t END AS b, greatest(g, id) AS c, arr[1] AS e, nullif(g, 3) AS f, m, m = 'a' AS h, id::text AS i, t::int AS k, (n * 2)::int AS l, (g > 1) IS TRUE AS o, t COLLATE \"C\" AS p, j ->> 'k' AS q, m::text AS r FROM SCHEMA.t",
            "SELECT now() AS a, current_date AS b, localtimestamp(0) AS c, date_trunc('day', ts) AS e, extract(year FROM ts) AS f, to_char(ts, 'YYYY') AS h, ts::date AS i, ts > now() - interval '1 day' AS k, d < ts AS l FROM SCHEMA.t",
            "SELECT DISTINCT ON (g) g, id FROM SCHEMA.t UNION SELECT 1, 2 EXCEPT SELECT * FROM (VALUES (3, 4)) q",
            "SELECT g, id, grouping(g) FROM SCHEMA.t group by grouping sets ((g), (g, id), ())",
            "SELECT (a).id AS f, x.x, l.* FROM SCHEMA.t a, generate_series(1, 3) x, unnest(a.arr) u, LATERAL (SELECT a.id + 1) l",
            "SELECT ARRAY(SELECT id FROM SCHEMA.orders) AS a, id = ANY (arr) AS b, (id, g) IN (SELECT id, id FROM SCHEMA.orders) AS c, id NOT IN (1,2,3,4,5,6,7,8,9,10) AS e FROM SCHEMA.t",
            "WITH RECURSIVE w AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM w WHERE n < 5) SELECT * FROM w",
            "SELECT id FROM SCHEMA.t WHERE id OPERATOR(SCHEMA.===) 1",
            // What it shows was fixed when it was refreshed.
            "CREATE MATERIALIZED VIEW SCHEMA.v AS SELECT id, pg_has_role(current_user, 'GROUP', 'MEMBER') AS x FROM SCHEMA.t",
        ]

        @Test(arguments: harmless)
        func ordinaryOnesGoOn(view: String) async throws {
            let field = try await field(view)
            let (_, leaser) = try await field.leaser(try await field.group(field.member([("v", "null")])))
            _ = try await leaser.query("SELECT * FROM \(field.schema).v")
        }

        static let asking = [
            "SELECT current_user AS u", "SELECT session_user AS u", "SELECT user AS u",
            "SELECT current_role AS u",
            "SELECT current_schema AS u", "SELECT current_setting('role') AS u",
            "SELECT * FROM SCHEMA.t WHERE pg_has_role('GROUP', 'USAGE')",
            "SELECT has_table_privilege('SCHEMA.t', 'SELECT') AS u",
            "SELECT row_security_active('SCHEMA.t') AS u",
            "SELECT pg_backend_pid() AS u",
            "SELECT t.* FROM SCHEMA.t, information_schema.enabled_roles",
            "SELECT t.id FROM SCHEMA.t, pg_stat_activity a WHERE a.usename = 'x'",
            "SELECT table_name FROM information_schema.tables", "SELECT name FROM pg_settings",
            "SELECT SCHEMA.f(id) AS u FROM SCHEMA.t", "SELECT s FROM SCHEMA.set(1) s",
            "SELECT SCHEMA.agg(id) AS u FROM SCHEMA.t",
            "SELECT SCHEMA.agg(id) OVER () AS u FROM SCHEMA.t",
            "SELECT id FROM SCHEMA.t WHERE id OPERATOR(SCHEMA.!==) 1",
            "SELECT id FROM SCHEMA.t ORDER BY SCHEMA.f(id)",
            "SELECT t.id FROM SCHEMA.t JOIN SCHEMA.orders o ON SCHEMA.f(o.id)",
            "SELECT id FROM SCHEMA.t LIMIT CASE WHEN pg_has_role('GROUP', 'USAGE') THEN 1 END",
            "SELECT (SELECT 1 WHERE pg_has_role('GROUP', 'USAGE')) AS u FROM SCHEMA.t",
            "WITH x AS (SELECT pg_has_role('GROUP', 'USAGE') AS u) SELECT * FROM x",
            "SELECT t::SCHEMA.masked AS u FROM SCHEMA.t", "SELECT id::text::SCHEMA.masked AS u FROM SCHEMA.t",
            "SELECT t::regclass AS u FROM SCHEMA.t", "SELECT 'SCHEMA.t'::regclass::text AS u",
            "SELECT arr::text[]::regclass[] AS u FROM SCHEMA.t",
            "SELECT id FROM SCHEMA.t TABLESAMPLE bernoulli (10)", "SELECT to_json(t) AS u FROM SCHEMA.t",
            "SELECT json_agg(t) AS u FROM SCHEMA.t",
            "SELECT query_to_xml('SELECT current_user', true, true, '')::text AS u",
            "SELECT id AS \"{SQLVALUEFUNCTION :op 1 \", current_user AS u FROM SCHEMA.t",
        ]

        @Test(arguments: asking)
        func onesThatMayAskWhoReadsAreRefusedAndTakenAway(view: String) async throws {
            // As one that was harmless when the group was made, and by a view over it.
            let field = try await field("SELECT 1 AS x")
            try await field.sql(
                "CREATE VIEW SCHEMA.over AS SELECT x FROM SCHEMA.v; GRANT SELECT ON SCHEMA.over TO GROUP")
            let narrowed = try await field.group(field.member([("v", "null"), ("over", "null")]))
            let (_, leaser) = try await field.leaser(narrowed)
            _ = try await leaser.query("SELECT * FROM \(field.schema).over")
            try await field.sql("DROP VIEW SCHEMA.over; DROP VIEW SCHEMA.v; CREATE VIEW SCHEMA.v AS \(view)")
            try await field.sql(
                "CREATE VIEW SCHEMA.over AS SELECT 1 AS x FROM SCHEMA.v; GRANT SELECT ON SCHEMA.v, SCHEMA.over TO GROUP, \(narrowed)"
            )
            #expect(try await field.tend(narrowed) == "revoked")
            for name in ["v", "over"] {
                await expectSQLState("42501") {
                    _ = try await leaser.query("SELECT 1 FROM \(field.schema).\(name)")
                }
                let row = try await field.narrow(field.member([(name, "null")]))
                try expectCode(row, "MF020")
                #expect(try row.string("message").contains("may tell who is a member of theirs"))
            }
        }

        @Test func aDBAMayListAViewThatSheLookedAt() async throws {
            let field = try await field("SELECT id FROM SCHEMA.t WHERE SCHEMA.f(id)")
            let member = field.member([("v", "null")])
            try expectCode(try await field.narrow(member), "MF020")
            try await field.sql("INSERT INTO mayfly_narrowing.allowed_view VALUES ('SCHEMA.v')")
            let narrowed = try await field.group(member)
            // That one alone, not what it reads, or reads it; and as long as she says so.
            try await field.sql(
                """
                CREATE VIEW SCHEMA.w AS SELECT current_user AS u; GRANT SELECT ON SCHEMA.w TO GROUP;
                CREATE OR REPLACE VIEW SCHEMA.v AS SELECT id FROM SCHEMA.t, SCHEMA.w
                """)
            #expect(try await field.tend(narrowed) == "revoked")
            try await field.sql(
                "CREATE OR REPLACE VIEW SCHEMA.v AS SELECT id FROM SCHEMA.t WHERE SCHEMA.f(id)")
            try await field.age(narrowed)
            #expect(try await field.group(member) == narrowed)
            try await field.sql("DELETE FROM mayfly_narrowing.allowed_view WHERE name = 'SCHEMA.v'")
            #expect(try await field.tend(narrowed) == "revoked")
        }

        static let rules = [
            "CREATE RULE r AS ON UPDATE TO SCHEMA.t WHERE pg_has_role('GROUP', 'USAGE') DO INSTEAD NOTHING",
            "CREATE RULE r AS ON INSERT TO SCHEMA.t DO ALSO INSERT INTO SCHEMA.notices VALUES (current_user)",
            "CREATE RULE r AS ON DELETE TO SCHEMA.t DO INSTEAD NOTIFY x",
        ]

        @Test(arguments: rules)
        func soAreTablesWithRulesThatMayAsk(rule: String) async throws {
            let field = try await field("SELECT 1 AS x", "GRANT SELECT, UPDATE ON SCHEMA.t TO GROUP")
            let member = field.member([("t", "null")])
            let narrowed = try await field.group(member)
            try await field.sql(rule)
            #expect(try await field.tend(narrowed) == "revoked")
            try await field.age(narrowed)
            let row = try await field.narrow(member)
            try expectCode(row, "MF020")
            #expect(try row.string("message").contains("rule r of \(field.schema).t"))
            guard rule.contains("UPDATE") else { return }
            try await field.sql(
                "CREATE OR REPLACE RULE r AS ON UPDATE TO SCHEMA.t WHERE new.t = 'x' DO INSTEAD NOTHING"
            )
            try await field.age(narrowed)
            #expect(try await field.group(member) == narrowed)
        }

        /// Since 15 a view may read with the rights of whoever reads it, by the policies for them.
        @Test func aViewOfItsReadersRightsIsHeldToThePoliciesOfWhatItReads() async throws {
            let field = try await field("SELECT 1 AS x", "GRANT SELECT ON SCHEMA.t TO GROUP")
            guard try await field.guarded.server.majorVersion() >= 15 else { return }
            try await field.sql(
                """
                CREATE VIEW SCHEMA.i WITH (security_invoker = true) AS SELECT id FROM SCHEMA.t; GRANT SELECT ON SCHEMA.i TO GROUP;
                ALTER TABLE SCHEMA.t ENABLE ROW LEVEL SECURITY; CREATE POLICY everybody ON SCHEMA.t USING (true);
                """)
            let member = field.member([("i", "null"), ("t", "null")])
            let narrowed = try await field.group(member)
            let (_, leaser) = try await field.leaser(narrowed)
            _ = try await leaser.query("SELECT * FROM \(field.schema).i")
            try await field.sql("CREATE POLICY p ON SCHEMA.t AS RESTRICTIVE TO GROUP USING (g = 1)")
            #expect(try await field.tend(narrowed) == "revoked")
            await expectSQLState("42501") { _ = try await leaser.query("SELECT * FROM \(field.schema).i") }
            let row = try await field.narrow(field.member([("i", "null")]))
            try expectCode(row, "MF020")
            #expect(try row.string("message").contains("policy p"))
        }
    }
}
