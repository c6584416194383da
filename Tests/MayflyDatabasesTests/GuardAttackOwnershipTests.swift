import Foundation
import MayflyTesting
import SQLClients
import Testing

extension GuardAttack {
    /// What a leaser may leave so that its code runs with the rights of whoever takes it over.
    @Suite struct Ownership {
        struct Trap: Sendable, CustomTestStringConvertible {
            let name: String
            /// Leaves a table `S.t`; `S` is the schema.
            let script: String
            /// A part of what the guard says about the table.
            let reason: String
            init(_ name: String, _ script: String, _ reason: String) {
                self.name = name
                self.script = script
                self.reason = reason
            }
            var testDescription: String { name }
        }

        static let function =
            "CREATE FUNCTION S.f(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1'"
        static let traps: [Trap] = [
            Trap(
                "trigger",
                """
                CREATE FUNCTION S.g() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
                CREATE TABLE S.t (a int);
                CREATE TRIGGER x BEFORE INSERT ON S.t FOR EACH ROW EXECUTE FUNCTION S.g()
                """, "trigger"),
            Trap("default", "\(function);\nCREATE TABLE S.t (a int DEFAULT S.f(1))", "calls"),
            Trap(
                "built-in default that runs text as SQL",
                "CREATE TABLE S.t (a text DEFAULT (query_to_xml('SELECT 1', true, true, ''))::text)",
                "query_to_xml"),
            Trap(
                "stable built-in that reads a view",
                "CREATE TABLE S.t (a text DEFAULT (table_to_xml('pg_class', true, true, ''))::text)",
                "table_to_xml"),
            Trap(
                "name looked up when it is written",
                "CREATE TABLE S.t (a regrole DEFAULT ('post' || 'gres')::regrole)", "reads text as regrole"),
            Trap(
                "names looked up when they are written",
                "CREATE TABLE S.t (a regtype[] DEFAULT (ARRAY['in' || 't'])::regtype[])",
                "reads text as regtype"),
            Trap("check", "\(function);\nCREATE TABLE S.t (a int CHECK (S.f(a) > 0))", "calls"),
            Trap(
                "check with a built-in that acts",
                "CREATE TABLE S.t (a int CHECK (pg_terminate_backend(a)))", "pg_terminate_backend"),
            Trap(
                "generated column",
                "\(function);\nCREATE TABLE S.t (a int, b int GENERATED ALWAYS AS (S.f(a)) STORED)", "calls"),
            Trap(
                "index expression", "\(function);\nCREATE TABLE S.t (a int);\nCREATE INDEX ON S.t (S.f(a))",
                "calls"),
            Trap(
                "index predicate",
                "\(function);\nCREATE TABLE S.t (a int);\nCREATE INDEX ON S.t (a) WHERE S.f(a) > 0", "calls"),
            Trap(
                "rule",
                "\(function);\nCREATE TABLE S.t (a int);\nCREATE RULE r AS ON INSERT TO S.t DO ALSO SELECT S.f(1)",
                "rule"),
            Trap(
                "policy",
                "\(function);\nCREATE TABLE S.t (a int);\nCREATE POLICY p ON S.t USING (S.f(a) > 0)",
                "row-level security"),
            Trap(
                "row-level security",
                "CREATE TABLE S.t (a int);\nALTER TABLE S.t ENABLE ROW LEVEL SECURITY",
                "row-level security"),
            Trap(
                "partition",
                """
                CREATE TABLE S.p (a int) PARTITION BY RANGE (a);
                CREATE TABLE S.t PARTITION OF S.p FOR VALUES FROM (1) TO (2)
                """, "inherits"),
            Trap("partitioned", "CREATE TABLE S.t (a int) PARTITION BY RANGE (a)", "not a plain table"),
            Trap("parent", "CREATE TABLE S.t (a int);\nCREATE TABLE S.c () INHERITS (S.t)", "inherit"),
            Trap("foreign key", "CREATE TABLE S.t (a int PRIMARY KEY, b int REFERENCES S.t)", "foreign key"),
            Trap(
                "domain with a CHECK",
                "CREATE DOMAIN S.d AS int CHECK (VALUE > 0);\nCREATE TABLE S.t (a S.d)", "has a CHECK"),
            Trap(
                "array of a domain with a CHECK",
                "CREATE DOMAIN S.d AS int CHECK (VALUE > 0);\nCREATE TABLE S.t (a S.d[])", "has a CHECK"),
            Trap(
                "composite type of a domain with a default",
                """
                \(function);
                CREATE DOMAIN S.d AS int DEFAULT S.f(1);
                CREATE TYPE S.c AS (a S.d);
                CREATE TABLE S.t (a S.c)
                """, "calls"),
            Trap(
                "range type", "CREATE TYPE S.r AS RANGE (SUBTYPE = int4);\nCREATE TABLE S.t (a S.r)",
                "not a plain one"),
            Trap(
                "type with a cast of its own",
                """
                CREATE TYPE S.e AS ENUM ('x');
                CREATE FUNCTION S.g(S.e) RETURNS int LANGUAGE sql AS 'SELECT 1';
                CREATE CAST (S.e AS int) WITH FUNCTION S.g(S.e);
                CREATE TABLE S.t (a S.e)
                """, "depends on it"),
            Trap(
                "type used by a function",
                """
                CREATE TYPE S.e AS ENUM ('x');
                CREATE FUNCTION S.g(S.e) RETURNS int LANGUAGE sql AS 'SELECT 1';
                CREATE TABLE S.t (a S.e)
                """, "depends on it"),
            Trap(
                "function of its row type",
                """
                CREATE TABLE S.t (a int);
                CREATE FUNCTION S.g(S.t) RETURNS int LANGUAGE sql AS 'SELECT 1'
                """, "depends on it"),
            Trap(
                "view upon it", "CREATE TABLE S.t (a int);\nCREATE VIEW S.v AS SELECT * FROM S.t",
                "depends on it"),
            Trap(
                "others may set triggers", "CREATE TABLE S.t (a int);\nGRANT TRIGGER ON S.t TO bystander",
                "TRIGGER"),
            Trap(
                "others may refer to a column",
                "CREATE TABLE S.t (a int);\nGRANT REFERENCES (a) ON S.t TO bystander", "REFERENCES"),
            Trap(
                "others may give on",
                "CREATE TABLE S.t (a int);\nGRANT SELECT ON S.t TO bystander WITH GRANT OPTION", "give it on"),
            Trap(
                "sequence of others",
                """
                CREATE SEQUENCE S.q;
                GRANT ALL ON S.q TO bystander WITH GRANT OPTION;
                CREATE TABLE S.t (a int DEFAULT nextval('S.q'))
                """, "uses sequence"),
            Trap(
                "view in a table's place", "CREATE VIEW S.t AS SELECT 1 AS a", "not a plain table"),
            Trap(
                "materialized view in a table's place", "CREATE MATERIALIZED VIEW S.t AS SELECT 1 AS a",
                "not a plain table"),
        ]

        @Test(arguments: traps)
        func whatCouldRunALeasersCodeStaysWithItsRole(trap: Trap) async throws {
            let guarded = try await GuardAttackServer.shared()
            let (lease, schema) = try await guarded.ended(after: trap.script)
            let row = try await guarded.reassign(lease)
            try expectCode(row, "00000")
            #expect(try !row.string("reassigned").contains("\(schema).t\""))
            let owner = try await guarded.server.execute(
                "SELECT relowner::regrole::text AS o FROM pg_class WHERE oid = '\(schema).t'::regclass",
                database: "app"
            ).only().string("o")
            #expect(owner == lease.role)
            let cleaned = try await guarded.clean(lease)
            #expect(try cleaned.string("state") == "owns")
            let objection = try await guarded.server.execute(
                "SELECT o ->> 'objection' AS o FROM jsonb_array_elements($1::jsonb) o WHERE o ->> 'identity' = $2",
                [try cleaned.string("owned"), "\(schema).t"]
            ).only().string("o")
            #expect(objection.contains(trap.reason), "\(objection)")
            #expect(try await guarded.call("drop", lease).string("state") == "kept")
        }

        @Test func aStatisticsObjectOfSomebodysFunctionKeepsItsTable() async throws {
            let guarded = try await GuardAttackServer.shared()
            let version = try await guarded.server.execute("SHOW server_version_num").only()
                .int("server_version_num")
            guard version >= 140_000 else { return }  // before that there are no such expressions
            let (lease, schema) = try await guarded.ended(
                after: """
                    \(Self.function);
                    CREATE TABLE S.t (a int);
                    CREATE STATISTICS S.s ON (S.f(a)), a FROM S.t
                    """)
            try expectCode(try await guarded.reassign(lease), "00000")
            #expect(
                try await guarded.owned(by: lease.role)
                    == [
                        "function \(schema).f(integer)", "table \(schema).t", "statistics object \(schema).s",
                    ])
        }

        @Test func whatIsPlainIsGivenOnWithWhatBelongsToIt() async throws {
            let guarded = try await GuardAttackServer.shared()
            let long = String(repeating: "ü", count: 31)  // 62 bytes
            let (lease, schema) = try await guarded.ended(
                after: """
                    CREATE TYPE S.mood AS ENUM ('a', 'b');
                    CREATE TYPE S."Odd ""type" AS (a int, b S.mood);
                    CREATE DOMAIN S.d AS int DEFAULT 3;
                    CREATE SEQUENCE S.q;
                    CREATE TABLE S."\(long)" (id serial PRIMARY KEY, g int GENERATED ALWAYS AS IDENTITY,
                        at timestamptz DEFAULT now(), u uuid DEFAULT gen_random_uuid(), n text COLLATE "C" DEFAULT 'x',
                        d date DEFAULT current_date, up text GENERATED ALWAYS AS (upper(n)) STORED, m S.mood DEFAULT 'a',
                        o S."Odd ""type", pd S.d, ms S.mood[], q int DEFAULT nextval('S.q'), CHECK (n <> 'y'), UNIQUE (n));
                    CREATE INDEX ON S."\(long)" (lower(n)) WHERE id > 3;
                    CREATE STATISTICS S.stat ON id, g FROM S."\(long)";
                    CREATE TABLE S."select" AS SELECT 42 AS answer;
                    GRANT SELECT, INSERT ON S."select" TO bystander;
                    CREATE UNLOGGED TABLE S."a ""b;--" ()
                    """)
            let row = try await guarded.reassign(lease)
            try expectCode(row, "00000")
            #expect(try row.string("message") == "")
            #expect(try await guarded.owned(by: lease.role).isEmpty)
            let names = [
                "type \(schema).mood", "type \(schema).\"Odd \"\"type\"", "type \(schema).d",
                "sequence \(schema).q",
                "table \(schema).\"\(long)\"", "table \(schema).\"select\"", "table \(schema).\"a \"\"b;--\"",
                "statistics object \(schema).stat",
            ]
            #expect(try await guarded.owned(by: "keeper").isSuperset(of: names))
            let recorded = try await guarded.server.execute(
                "SELECT kind || ' ' || identity AS what FROM mayfly_cleanup.reassigned WHERE lease = $1::uuid AND owner = 'keeper'",
                [lease.id], database: "app")
            #expect(try Set(recorded.map { try $0.string("what") }) == Set(names))
            #expect(
                try await guarded.server.execute("SELECT answer FROM \(schema).\"select\"", database: "app")
                    .count
                    == 1)
            // Asked again, it tells again: the reply may have been lost.
            #expect(try await guarded.reassign(lease).string("reassigned") == row.string("reassigned"))
            #expect(try await guarded.clean(lease).string("state") == "clean")
            #expect(try await guarded.call("drop", lease).string("state") == "dropped")
        }

        @Test(arguments: [
            ("Mighty keeper", "MF003"), ("middleman", "MF003"), ("nobody at all", "MF017"),
            ("orders_app", "MF017"),
            ("the Owner", "MF017"), ("postgres", "MF017"), ("pg_read_server_files", "MF017"), ("", "MF017"),
        ])
        func nobodyTakesOverWhoMayNotOrHasPowers(owner: String, code: String) async throws {
            let guarded = try await GuardAttackServer.shared()
            let (lease, schema) = try await guarded.ended(after: "CREATE TABLE S.t ()")
            try expectCode(try await guarded.reassign(lease, to: owner), code)
            #expect(try await guarded.owned(by: lease.role) == ["table \(schema).t"])
        }

        @Test(arguments: [#""owner": null"#, #""owner": 1"#, #""owner": ["keeper"]"#, #""own": "keeper""#])
        func aMalformedMemberGivesNothingOn(field: String) async throws {
            let guarded = try await GuardAttackServer.shared()
            let (lease, schema) = try await guarded.ended(after: "CREATE TABLE S.t ()")
            try expectCode(
                try await guarded.cleanup(
                    "reassign",
                    #"{"lease": "\#(lease.id)", "role": "\#(lease.role)", "role_oid": \#(lease.oid), \#(field)}"#
                ),
                "MF001")
            #expect(try await guarded.owned(by: lease.role) == ["table \(schema).t"])
        }

        @Test func aLiveLeaseGivesNothingOn() async throws {
            let guarded = try await GuardAttackServer.shared()
            let lease = try await guarded.issue(GuardAttackMember(groups: ["orders_app"]))
            let leaser = try await guarded.leaser(lease)
            _ = try await leaser.query("CREATE TABLE workshop.l_\(lease.role.suffix(13)) ()")
            try expectCode(try await guarded.reassign(lease), "MF009")
            _ = try await guarded.call("lock", lease)
            try expectCode(try await guarded.reassign(lease), "MF009")
        }

        @Test func whatIsChangedBetweenTheLookAndTheHandOverStays() async throws {
            let guarded = try await GuardAttackServer.shared()
            let (lease, schema) = try await guarded.ended(
                after: "CREATE TABLE S.t (a int);\nGRANT SELECT ON S.t TO bystander")
            let other = try await guarded.server.superuser(database: "app")
            _ = try await other.query("BEGIN")
            _ = try await other.query("CREATE RULE r AS ON INSERT TO \(schema).t DO ALSO SELECT 1")
            async let row = guarded.reassign(lease)
            try await eventually("the guard waits for the table") {
                try await guarded.server.execute(
                    "SELECT FROM pg_locks WHERE NOT granted AND relation = $1::oid",
                    [
                        try await other.query("SELECT '\(schema).t'::regclass::oid::text AS o").only()
                            .string("o")
                    ], database: "app"
                ).count > 0
            }
            _ = try await other.query("COMMIT")
            try expectCode(try await row, "00000")
            #expect(try await guarded.owned(by: lease.role) == ["table \(schema).t"])
        }

        @Test func anEventTriggerOfSomebodysStopsWhatWouldFireIt() async throws {
            let guarded = try await GuardAttackServer.shared()
            let (lease, schema) = try await guarded.ended(after: "CREATE TABLE S.t (a int)")
            let (other, _) = try await guarded.ended(after: "SELECT 1")
            try await guarded.server.execute("GRANT SELECT ON orders TO \(other.role)", database: "app")
            try await guarded.server.psql(
                script: """
                    CREATE FUNCTION workshop.fired() RETURNS event_trigger LANGUAGE plpgsql AS
                        'BEGIN ALTER ROLE bystander SUPERUSER; END';
                    CREATE EVENT TRIGGER "the Trap" ON ddl_command_end EXECUTE FUNCTION workshop.fired();
                    BEGIN;
                    ALTER EVENT TRIGGER "the Trap" DISABLE; ALTER FUNCTION workshop.fired() OWNER TO bystander;
                    ALTER EVENT TRIGGER "the Trap" ENABLE; ALTER ROLE bystander NOSUPERUSER;
                    COMMIT;
                    """, database: "app")
            for row in [try await guarded.reassign(lease), try await guarded.clean(other)] {
                try expectCode(row, "MF018")
                #expect(try row.string("message").hasSuffix("\nALTER EVENT TRIGGER \"the Trap\" DISABLE;"))
            }
            #expect(try await guarded.owned(by: lease.role) == ["table \(schema).t"])
            let powers = try await guarded.server.execute(
                "SELECT rolsuper AS s FROM pg_roles WHERE rolname = 'bystander'"
            ).only().bool("s")
            #expect(!powers)
            // The statement that it gives is the one that helps.
            try await guarded.server.execute("ALTER EVENT TRIGGER \"the Trap\" DISABLE;", database: "app")
            #expect(try await guarded.clean(other).string("state") == "clean")
            try expectCode(try await guarded.reassign(lease), "00000")
            #expect(try await guarded.owned(by: lease.role).isEmpty)
            try await guarded.server.execute("DROP EVENT TRIGGER \"the Trap\"", database: "app")
        }

        @Test func whatTheRoleGrantedOnGoesWithIt() async throws {
            let guarded = try await GuardAttackServer.shared()
            let lease = try await guarded.issue(GuardAttackMember(groups: ["orders_app"]))
            let table = "workshop.g_\(lease.role.suffix(13))"
            try await guarded.server.psql(
                script: """
                    CREATE TABLE \(table) (a int, b int);
                    GRANT SELECT ON \(table) TO \(lease.role) WITH GRANT OPTION;
                    GRANT UPDATE (b) ON \(table) TO \(lease.role) WITH GRANT OPTION;
                    CREATE FOREIGN DATA WRAPPER w_\(lease.role.suffix(13));
                    CREATE SERVER v_\(lease.role.suffix(13)) FOREIGN DATA WRAPPER w_\(lease.role.suffix(13));
                    CREATE USER MAPPING FOR \(lease.role) SERVER v_\(lease.role.suffix(13)) OPTIONS (password 'x');
                    """, database: "app")
            let leaser = try await guarded.leaser(lease)
            _ = try await leaser.query("GRANT SELECT ON \(table) TO bystander")
            _ = try await leaser.query("GRANT UPDATE (b) ON \(table) TO bystander")
            try await guarded.lockAndTerminate(lease)
            #expect(try await guarded.clean(lease).string("state") == "clean")
            let left = try await guarded.server.execute(
                """
                SELECT (SELECT array_agg(relacl::text) FROM pg_class WHERE oid = '\(table)'::regclass)::text AS t,
                       (SELECT count(*) FROM pg_attribute WHERE attrelid = '\(table)'::regclass AND attacl::text LIKE '%bystander%')
                           AS c, (SELECT count(*) FROM pg_user_mappings WHERE usename = '\(lease.role)') AS m
                """, database: "app"
            ).only()
            #expect(try !left.string("t").contains("bystander"))
            #expect(try left.int("c") == 0 && left.int("m") == 0)
            #expect(try await guarded.call("drop", lease).string("state") == "dropped")
        }

        /// Every kind that a role can own, each with a name that has to be quoted, and the statement that gives it on.
        @Test func eachKindOfObjectIsListedWithTheStatementThatFreesIt() async throws {
            let guarded = try await GuardAttackServer.shared()
            let lease = try await guarded.issue(GuardAttackMember(groups: ["orders_app"]))
            let n = "\"Ü \"\"\(lease.role.suffix(13))\"\"\""
            let r = lease.role
            try await guarded.server.psql(
                script: """
                    SET search_path = workshop;
                    CREATE FUNCTION \(n)(int) RETURNS int LANGUAGE sql AS 'SELECT 1'; ALTER FUNCTION \(n)(int) OWNER TO \(r);
                    CREATE PROCEDURE \(n)() LANGUAGE sql AS 'SELECT 1'; ALTER PROCEDURE \(n)() OWNER TO \(r);
                    CREATE AGGREGATE \(n)(bigint) (SFUNC = int8pl, STYPE = bigint); ALTER AGGREGATE \(n)(bigint) OWNER TO \(r);
                    CREATE TYPE \(n) AS ENUM ('a'); ALTER TYPE \(n) OWNER TO \(r);
                    CREATE OPERATOR ===> (LEFTARG = int, RIGHTARG = bigint, FUNCTION = int48eq);
                    ALTER OPERATOR ===> (int, bigint) OWNER TO \(r);
                    CREATE OPERATOR FAMILY \(n) USING btree; ALTER OPERATOR FAMILY \(n) USING btree OWNER TO \(r);
                    CREATE OPERATOR CLASS \(n) FOR TYPE int USING btree FAMILY \(n) AS STORAGE int;
                    ALTER OPERATOR CLASS \(n) USING btree OWNER TO \(r);
                    CREATE TEXT SEARCH DICTIONARY \(n) (TEMPLATE = simple); ALTER TEXT SEARCH DICTIONARY \(n) OWNER TO \(r);
                    CREATE TEXT SEARCH CONFIGURATION \(n) (COPY = english);
                    ALTER TEXT SEARCH CONFIGURATION \(n) OWNER TO \(r);
                    CREATE COLLATION \(n) FROM "C"; ALTER COLLATION \(n) OWNER TO \(r);
                    CREATE CONVERSION \(n) FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
                    ALTER CONVERSION \(n) OWNER TO \(r);
                    CREATE VIEW v\(r) AS SELECT 1 AS a; ALTER VIEW v\(r) OWNER TO \(r);
                    CREATE MATERIALIZED VIEW m\(r) AS SELECT 1 AS a; ALTER MATERIALIZED VIEW m\(r) OWNER TO \(r);
                    CREATE TABLE t\(r) (id int GENERATED ALWAYS AS IDENTITY, a int); ALTER TABLE t\(r) OWNER TO \(r);
                    CREATE STATISTICS \(n) ON id, a FROM t\(r); ALTER STATISTICS \(n) OWNER TO \(r);
                    CREATE SEQUENCE s\(r); ALTER SEQUENCE s\(r) OWNER TO \(r);
                    CREATE FOREIGN DATA WRAPPER \(n); CREATE SERVER \(n) FOREIGN DATA WRAPPER \(n); ALTER SERVER \(n) OWNER TO \(r);
                    CREATE FOREIGN TABLE f\(r) (a int) SERVER \(n); ALTER FOREIGN TABLE f\(r) OWNER TO \(r);
                    CREATE SCHEMA \(n); ALTER SCHEMA \(n) OWNER TO \(r);
                    CREATE LANGUAGE \(n) HANDLER plpgsql_call_handler; ALTER LANGUAGE \(n) OWNER TO \(r);
                    ALTER ROLE \(r) SUPERUSER;
                    CREATE PUBLICATION \(n) FOR ALL TABLES; ALTER PUBLICATION \(n) OWNER TO \(r);
                    ALTER FOREIGN DATA WRAPPER \(n) OWNER TO \(r);
                    CREATE FUNCTION fired\(r)() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
                    CREATE EVENT TRIGGER \(n) ON sql_drop EXECUTE FUNCTION fired\(r)(); ALTER EVENT TRIGGER \(n) OWNER TO \(r);
                    ALTER ROLE \(r) NOSUPERUSER;
                    SELECT lo_create(815); ALTER LARGE OBJECT 815 OWNER TO \(r);
                    SET ROLE \(r); ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC; CREATE EXTENSION citext SCHEMA workshop;
                    """, database: "app")
            try await guarded.lockAndTerminate(lease)
            let cleaned = try await guarded.clean(lease)
            #expect(try cleaned.string("state") == "owns")
            let rows = try await guarded.server.execute(
                "SELECT o ->> 'kind' AS kind, o ->> 'alter' AS alter FROM jsonb_array_elements($1::jsonb) o",
                [try cleaned.string("owned")])
            #expect(
                try Set(rows.map { try $0.string("kind") }) == [
                    "function", "procedure", "aggregate", "type", "operator", "operator family",
                    "operator class",
                    "text search dictionary", "text search configuration", "collation", "conversion", "view",
                    "materialized view", "table", "statistics object", "sequence", "foreign-data wrapper",
                    "server",
                    "foreign table", "schema", "language", "publication", "event trigger", "large object",
                    "extension",
                ])
            // Nothing but what is plain goes to the keeper.
            try expectCode(try await guarded.reassign(lease), "00000")
            #expect(
                try await guarded.server.execute(
                    "SELECT DISTINCT kind FROM mayfly_cleanup.reassigned WHERE lease = $1::uuid ORDER BY 1",
                    [lease.id],
                    database: "app"
                ).map { try $0.string("kind") } == ["sequence", "statistics object", "table", "type"])
            for row in rows where try row.string("kind") != "extension" {
                try await guarded.server.execute("\(try row.string("alter"))CURRENT_USER", database: "app")
            }
            let extensions = try rows.filter { try $0.string("kind") == "extension" }
            try await guarded.server.execute(
                "\(try extensions[0].string("alter"))CURRENT_USER", database: "app")
            try await guarded.server.execute("DROP EVENT TRIGGER \(n)", database: "app")
            try await guarded.server.execute("DROP PUBLICATION \(n)", database: "app")
            #expect(try await guarded.clean(lease).string("state") == "clean")
            #expect(try await guarded.call("drop", lease).string("state") == "dropped")
        }
    }
}
