import Foundation
import MayflyTesting
import SQLClients
import Testing

extension GuardAttack {
    /// Who calls, and under which settings.
    @Suite struct Callers {
        @Test func theBrokersAccountCanDoNothingButItsJob() async throws {
            let guarded = try await GuardAttackServer.shared()
            let broker = try await guarded.broker()
            for statement in [
                "CREATE ROLE x", "ALTER ROLE postgres PASSWORD 'x'", "DROP ROLE orders_readonly",
                "GRANT postgres TO orders_readonly", "SELECT * FROM mayfly.lease", "SELECT * FROM mayfly.who",
                "SELECT * FROM mayfly.guard", "SELECT * FROM mayfly.allowed_group", "SELECT * FROM pg_authid",
                "CREATE TABLE mayfly.x ()", "CREATE TABLE public.x ()", "CREATE TEMP TABLE x ()",
                "CREATE FUNCTION mayfly.issue(text) RETURNS int LANGUAGE sql AS 'SELECT 1'",
                "CREATE SCHEMA x",
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'postgres'",
                "SELECT mayfly.make_role('{}', '{}')", "SELECT mayfly.check_powers('{}')",
                "SELECT mayfly.room(1, true)", "SELECT mayfly.check_room(1, 1)",
                "SELECT mayfly.check_verifier('x')", "SELECT mayfly.settings_of(10)",
                "SELECT mayfly.verifier_sha256_of(10)", "SELECT mayfly.members('[]', false)",
                "ALTER FUNCTION mayfly.issue(jsonb) RESET search_path", "DROP SCHEMA mayfly CASCADE",
                "CREATE OR REPLACE FUNCTION mayfly.describe() RETURNS jsonb LANGUAGE sql AS 'SELECT NULL::jsonb'",
            ] {
                await expectSQLState("42501") { _ = try await broker.query(statement) }
            }
        }

        @Test func onlyTheBrokerMayCallAndOnlyWhatIsMeantForIt() async throws {
            let guarded = try await GuardAttackServer.shared()
            let broker = try await guarded.broker()
            let text = try await broker.query("SELECT mayfly.describe() AS d").only().string("d")
            let description = try JSONDecoder().decode(GuardAttackDescription.self, from: Data(text.utf8))
            let callable = description.functions.filter { !$0.acl.isEmpty }
            #expect(Set(callable.map(\.acl)) == [[GuardAttackServer.broker]])
            #expect(
                Set(callable.map(\.name)) == [
                    "mayfly.describe()", "mayfly.issue(jsonb)", "mayfly.renew(jsonb)",
                    "mayfly.replace_verifier(jsonb)", "mayfly.sessions()", "mayfly.watch()",
                    "mayfly.end_session(jsonb)", "mayfly.statements(jsonb)", "mayfly.lock(jsonb)",
                    "mayfly.terminate(jsonb)", "mayfly.hanging(jsonb)", "mayfly.drop(jsonb)",
                    "mayfly.find(jsonb)",
                    "mayfly.roles()", "mayfly.inspect(boolean)", "mayfly.end_overdue()",
                ])
            for function in description.functions {
                #expect(function.security_definer)
                #expect(
                    function.config == [
                        "search_path=pg_catalog, pg_temp", "DateStyle=ISO", "TimeZone=UTC", "lock_timeout=2s",
                    ], "\(function.name)")
            }
        }

        @Test(arguments: ["mayfly.describe()", "mayfly.sessions()", "mayfly.roles()", "mayfly.end_overdue()"])
        func nobodyElseMayCallEvenWithAccessToTheDatabase(call: String) async throws {
            let guarded = try await GuardAttackServer.shared()
            let name = "nobody_\(GuardAttackMember.randomRole().suffix(13))"
            try await guarded.server.execute("CREATE ROLE \(name) LOGIN")
            try await guarded.server.setPassword("x", of: name)
            await expectSQLState("42501") {
                _ = try await guarded.server.connect(as: name, password: "x", database: "mayfly")
            }
            try await guarded.server.execute("GRANT CONNECT ON DATABASE mayfly TO \(name)")
            let nobody = try await guarded.server.connect(as: name, password: "x", database: "mayfly")
            await expectSQLState("42501") { _ = try await nobody.query("SELECT \(call)") }
            await expectSQLState("42501") { _ = try await nobody.query("SELECT * FROM mayfly.lease") }
            await expectSQLState("42501") { _ = try await nobody.query("SELECT * FROM mayfly.who") }
            // A DBA who lets it into the schema has not let it call anything yet.
            try await guarded.server.execute("GRANT USAGE ON SCHEMA mayfly TO \(name)", database: "mayfly")
            await expectSQLState("42501") { _ = try await nobody.query("SELECT \(call)") }
            await expectSQLState("42501") { _ = try await nobody.query("SELECT mayfly.issue('[]')") }
            await expectSQLState("42501") { _ = try await nobody.query("SELECT mayfly.cluster()") }
        }

        /// On 15, 60 seconds became 7 days under a DateStyle and TimeZone of the caller's.
        static let sessions: [[String: String]] = [
            ["DateStyle": "SQL, DMY", "TimeZone": "Pacific/Kiritimati"],
            ["DateStyle": "Postgres, MDY", "TimeZone": "<+167>-167"],
            ["DateStyle": "German", "TimeZone": "America/St_Johns"],
            ["search_path": "pg_temp, public, pg_catalog", "IntervalStyle": "sql_standard"],
            ["standard_conforming_strings": "off", "backslash_quote": "on", "transform_null_equals": "on"],
            ["array_nulls": "off", "quote_all_identifiers": "on", "extra_float_digits": "-15"],
            ["row_security": "off", "check_function_bodies": "off", "enable_seqscan": "off", "jit": "off"],
        ]

        @Test(arguments: sessions)
        func theCallersSettingsChangeNothing(settings: [String: String]) async throws {
            let guarded = try await GuardAttackServer.shared()
            let member = GuardAttackMember().with("ttl_seconds", "60")
            try expectCode(
                try await guarded.call("issue", "[\(member.json)]", settings: settings).only(), "00000")
            let renewal = #"[{"lease": "\#(member.lease)", "ttl_seconds": 120}]"#
            try expectCode(try await guarded.call("renew", renewal, settings: settings).only(), "00000")
            let row = try await guarded.server.execute(
                """
                SELECT rolvaliduntil BETWEEN now() + interval '60 s' AND now() + interval '120 s' AS right,
                       shobj_description(oid, 'pg_authid') LIKE 'mayfly installation=attack lease=' || $2
                           || to_char(rolvaliduntil AT TIME ZONE 'UTC', '" until="YYYY-MM-DD"T"HH24:MI:SS"Z requester=ann"')
                           AS commented, rolconnlimit
                  FROM pg_roles WHERE rolname = $1
                """, [member.role, member.lease]
            ).only()
            #expect(try row.bool("right"))
            #expect(try row.bool("commented"))
            #expect(try row.int("rolconnlimit") == 5)
        }

        @Test func anObjectThatShadowsTheCatalogueIsNotSeen() async throws {
            let guarded = try await GuardAttackServer.shared()
            let lease = try await guarded.issue()
            // In `app` the broker's account has TEMP, from PUBLIC, and on 13 and 14 CREATE in public.
            let broker = try await guarded.broker(database: "app")
            for statement in [
                "CREATE TEMP TABLE pg_roles AS SELECT 10::oid AS oid, 'postgres'::name AS rolname, false AS rolcanlogin",
                "CREATE TEMP TABLE pg_shdepend ()", "CREATE TEMP TABLE pg_stat_activity ()",
                "CREATE FUNCTION pg_temp.shobj_description(oid, text) RETURNS text LANGUAGE sql AS 'SELECT ''x'''",
                "CREATE FUNCTION pg_temp.starts_with(text, text) RETURNS bool LANGUAGE sql AS 'SELECT true'",
                "SET search_path = pg_temp, pg_catalog",
            ] { _ = try await broker.query(statement) }
            let batch = #"[{"lease": "\#(lease.id)", "role": "\#(lease.role)", "role_oid": \#(lease.oid)}]"#
            let row = try await broker.query("SELECT * FROM mayfly_cleanup.clean($1::jsonb)", [batch]).only()
            try expectCode(row, "MF009")
        }

        @Test func anAdvisoryLockHeldByALeaserStopsNothing() async throws {
            let guarded = try await GuardAttackServer.shared()
            let lease = try await guarded.issue()
            let leaser = try await guarded.leaser(lease)
            _ = try await leaser.query("SELECT pg_advisory_lock(n) FROM generate_series(0, 2000) n")
            _ = try await leaser.query("SELECT pg_advisory_lock(0, n) FROM generate_series(0, 2000) n")
            let other = try await guarded.issue()
            try await guarded.lockAndTerminate(other)
            #expect(try await guarded.call("drop", other).string("state") == "dropped")
        }

        @Test func aReadOnlyTransactionIsRefusedWhereItWouldWrite() async throws {
            let guarded = try await GuardAttackServer.shared()
            let batch = "[\(GuardAttackMember().json)]"
            for function in ["issue", "renew", "replace_verifier", "lock", "drop"] {
                await expectSQLState("MF011") {
                    _ = try await guarded.call(
                        function, batch, settings: ["default_transaction_read_only": "on"])
                }
            }
        }

        @Test func aSecondInstallationIsRefusedAndChangesNothing() async throws {
            let guarded = try await GuardAttackServer.shared()
            let script = try GuardAttackServer.script("guard-core.sql").replacing("'attack'", with: "'other'")
            await #expect(throws: TestCommand.Failure.self) { try await guarded.server.psql(script: script) }
            let rows = try await guarded.server.execute(
                "SELECT installation FROM mayfly.guard", database: "mayfly")
            #expect(try rows.only().string("installation") == "attack")
        }
    }
}
