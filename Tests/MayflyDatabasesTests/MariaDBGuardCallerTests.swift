import Foundation
import MayflyDatabases
import MayflyTesting
import SQLClients
import Testing

extension MariaDBGuardAttack {
    /// Who calls, and in what kind of session.
    @Suite struct Callers {
        @Test func theBrokersAccountCanDoNothingButItsJob() async throws {
            let guarded = try await MariaDBGuardServer.shared()
            let broker = try await guarded.broker()
            for statement in [
                "CREATE USER x", "ALTER USER root@localhost IDENTIFIED BY 'x'", "DROP ROLE orders_readonly",
                "DROP USER root@localhost", "GRANT orders_app TO orders_readonly",
                "SELECT * FROM mayfly.lease",
                "SELECT * FROM mayfly.who", "SELECT * FROM mayfly.account", "SELECT * FROM mayfly.guard",
                "SELECT * FROM mayfly.allowed_group", "SELECT * FROM mysql.user",
                "SELECT * FROM mysql.global_priv",
                "CREATE TABLE mayfly.x (a int)", "CREATE TEMPORARY TABLE mayfly.batch (a int)",
                "CREATE SCHEMA x",
                "CREATE PROCEDURE mayfly.x() SELECT 1", "DROP PROCEDURE mayfly.issue", "DROP SCHEMA mayfly",
                "ALTER PROCEDURE mayfly.issue SQL SECURITY INVOKER", "ALTER EVENT mayfly.end_overdue DISABLE",
                "CREATE EVENT mayfly.x ON SCHEDULE EVERY 1 DAY DO SELECT 1", "SELECT * FROM app.orders",
                "SET GLOBAL event_scheduler = OFF", "SET SESSION sql_log_bin = 0", "SET ROLE orders_app",
                "SET DEFAULT ROLE NONE FOR root@localhost", "KILL 4294967295", "FLUSH PRIVILEGES", "SHUTDOWN",
                "SELECT LOAD_FILE('/etc/passwd')", "SELECT * FROM app.orders INTO OUTFILE '/tmp/x'",
                "CALL mayfly.make_fresh()", "CALL mayfly.make_accounts()", "CALL mayfly.register()",
                "CALL mayfly.do_drop()", "CALL mayfly.do_lock()", "CALL mayfly.do_terminate()",
                "CALL mayfly.look_up()",
                "CALL mayfly.apply('DROP USER ', '')", "CALL mayfly.begin_call(TRUE)",
                "CALL mayfly.open_batch('[]', '{}', TRUE)", "SELECT mayfly.culprit('root', 'localhost')",
                "SELECT mayfly.is_busy(1)", "SELECT mayfly.epoch(now())",
            ] {
                let refusals: Set<UInt32> = [
                    1044, 1045, 1094, 1142, 1227, 1370, 1396, 1698, 1959, 3530, 1064, 1290,
                ]
                var rows: MariaDBRows?
                let refusal = try await report { rows = try await broker.query(statement) }
                // LOAD_FILE answers NULL where it refuses.
                if let rows { #expect(rows.first?.values == [nil], "\(statement)") }
                #expect(
                    refusal.map { refusals.contains($0.number.rawValue) } ?? statement.contains("LOAD_FILE"),
                    "\(statement): \(refusal?.debugDescription ?? "done")")
            }
            #expect(try await guarded.server.execute("SELECT 1 FROM mysql.user WHERE User = 'x'").isEmpty)
            #expect(try await guarded.standing("x") == nil)
        }

        @Test func onlyTheBrokerMayCallAndOnlyWhatIsMeantForIt() async throws {
            let guarded = try await MariaDBGuardServer.shared()
            let description = try await guarded.description()
            let callable = description.routines.filter { !$0.callers.isEmpty }
            #expect(Set(callable.map(\.callers)) == [["\(MariaDBGuardServer.broker)@localhost"]])
            let expected: Set = [
                "mayfly.describe", "mayfly.issue", "mayfly.renew", "mayfly.replace_verifier",
                "mayfly.sessions", "mayfly.watch", "mayfly.end_session", "mayfly.statements",
                "mayfly.lock", "mayfly.terminate", "mayfly.hanging", "mayfly.drop", "mayfly.find",
                "mayfly.roles", "mayfly.inspect",
                "mayfly.end_overdue", "mayfly.privileges", "mayfly.held", "mayfly.effective",
                "mayfly.narrow", "mayfly.preview", "mayfly.tend",
            ]
            #expect(Set(callable.map(\.name)) == expected)
            let module = MariaDBGuardServer.module(guarded.server)
            #expect(module.callableRoutines() == expected)
            #expect(description.schema_callers.isEmpty)
            #expect(description.broker_powers.isEmpty)
            for routine in description.routines {
                #expect(routine.definer == "mayfly_guard@localhost")
                #expect(routine.security == "DEFINER")
                #expect(routine.sql_mode.contains("STRICT_ALL_TABLES"))
                #expect(!routine.sql_mode.contains("NO_BACKSLASH_ESCAPES"))
                #expect(!routine.sql_mode.contains("ANSI_QUOTES"))
            }
        }

        @Test func theBodiesInTheServerAreThoseOfTheScript() async throws {
            let guarded = try await MariaDBGuardServer.shared()
            let module = MariaDBGuardServer.module(guarded.server)
            let description = try await guarded.description()
            var installed: [String: String] = [:]
            for routine in description.routines { installed[routine.name] = routine.sha256 }
            let expected = try module.bodyDigests()
            #expect(expected.count == description.routines.count)
            #expect(Set(expected.keys) == Set(installed.keys))
            for (name, digest) in expected { #expect(installed[name] == digest, "\(name)") }
        }

        @Test func theGuardsOwnAccountHasNoPowerItDoesNotNeed() async throws {
            let guarded = try await MariaDBGuardServer.shared()
            await #expect(throws: MariaDBError.self) {
                _ = try await guarded.server.connect(as: "mayfly_guard", password: nil)
            }
            let rows = try await guarded.server.execute("SHOW GRANTS FOR mayfly_guard@localhost")
            let grants = rows.compactMap { $0.values.first ?? nil }.joined(separator: "\n")
            for power in [
                "SUPER", "READ ONLY ADMIN", "READ_ONLY_ADMIN", "SYSTEM_VARIABLES_ADMIN", "FILE", "RELOAD",
                "SHUTDOWN",
                "ALL PRIVILEGES", "GRANT OPTION", "INSERT ON *.*", "SELECT ON *.*", "UPDATE ON *.*",
                "SET USER",
                "SET_USER_ID", "SET_ANY_DEFINER", "SYSTEM_USER",
            ] {
                #expect(!grants.contains(power), "\(grants)")
            }
        }

        @Test func nobodyElseMayCall() async throws {
            let guarded = try await MariaDBGuardServer.shared()
            let lease = try await guarded.issue()
            let leaser = try await guarded.leaser(lease)
            for call in [
                "describe()", "roles()", "sessions()", "end_overdue()", "issue('[]')", "`drop`('[]')",
            ] {
                await expectNumber(1370, 1044) { _ = try await leaser.query("CALL mayfly.\(call)") }
            }
            await expectNumber(1142) { _ = try await leaser.query("SELECT * FROM mayfly.who") }
            await expectNumber(1044) { _ = try await guarded.leaser(lease, database: "mayfly") }
        }

        /// What a caller may set in its session; each by itself, before each call.
        static let sessions = [
            "SET time_zone = '+13:00'", "SET time_zone = '-12:59'", "SET timestamp = 1",
            "SET timestamp = 2100000000",
            "SET sql_select_limit = 0", "SET sql_select_limit = 1", "SET sql_safe_updates = 1",
            "SET group_concat_max_len = 4", "SET max_error_count = 0", "SET max_sort_length = 8",
            "SET autocommit = 0",
            "SET completion_type = 1", "SET sql_mode = 'ANSI,NO_BACKSLASH_ESCAPES'", "SET sql_mode = ''",
            "SET sql_mode = 'PIPES_AS_CONCAT,HIGH_NOT_PRECEDENCE,REAL_AS_FLOAT,IGNORE_SPACE'",
            "SET NAMES latin1", "SET NAMES utf8mb4 COLLATE utf8mb4_general_ci",
            "SET collation_connection = 'gbk_chinese_ci'",
            "SET character_set_results = NULL", "SET unique_checks = 0", "SET foreign_key_checks = 0",
            "SET sql_auto_is_null = 1", "SET sql_quote_show_create = 0", "SET div_precision_increment = 0",
            "SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED",
            "SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE",
            "SET SESSION TRANSACTION READ ONLY", "SET TRANSACTION READ ONLY", "START TRANSACTION",
            "START TRANSACTION READ ONLY", "START TRANSACTION WITH CONSISTENT SNAPSHOT",
            "SET lc_time_names = 'de_DE'",
            "SET default_storage_engine = 'MyISAM'", "SET default_tmp_storage_engine = 'MEMORY'",
            "SET sql_big_selects = 0, max_join_size = 1",
            "SET @tag = 't2', @statement = 'x', @mayfly_statement = 'SELECT 1'",
            "SET big_tables = 1", "SET sql_warnings = 1, sql_notes = 0", "SET rand_seed1 = 1, rand_seed2 = 1",
            "SET insert_id = 5", "SET last_insert_id = 5", "SET low_priority_updates = 1",
            "SET profiling = 1",
        ]
        static let sessionsOfMariaDB = [
            "SET max_recursive_iterations = 0", "SET max_recursive_iterations = 1",
            "SET check_constraint_checks = 0",
            "SET old_mode = 'NO_DUP_KEY_WARNINGS_WITH_IGNORE'", "SET sql_if_exists = 1",
            "SET SESSION max_statement_time = 10",
            "SET sql_mode = 'ORACLE'",
            "SET optimizer_switch = 'derived_merge=off,semijoin=off,in_to_exists=off'",
            "SET system_versioning_asof = '2000-01-01'", "SET in_predicate_conversion_threshold = 0",
            "SET standard_compliant_cte = 0", "SET explicit_defaults_for_timestamp = 0",
            "SET sql_mode = 'MAXDB'",
        ]
        static let sessionsOfMySQL = [
            "SET cte_max_recursion_depth = 0", "SET cte_max_recursion_depth = 1",
            "SET SESSION max_execution_time = 10000",
            "SET sql_mode = 'PAD_CHAR_TO_FULL_LENGTH,TIME_TRUNCATE_FRACTIONAL'",
            "SET optimizer_switch = 'derived_merge=off,semijoin=off,hypergraph_optimizer=off'",
            "SET print_identified_with_as_hex = 1", "SET windowing_use_high_precision = 0",
            "SET sql_generate_invisible_primary_key = 1", "SET sql_require_primary_key = 1",
            "SET internal_tmp_mem_storage_engine = MEMORY",
        ]

        @Test(arguments: sessions + sessionsOfMariaDB + sessionsOfMySQL)
        func theCallersSessionChangesNothing(setting: String) async throws {
            let guarded = try await MariaDBGuardServer.shared()
            let others = guarded.server.isMySQL ? Self.sessionsOfMariaDB : Self.sessionsOfMySQL
            guard !others.contains(setting) else { return }
            let broker = try await guarded.broker()
            let call = { (procedure: String, batch: String) async throws -> [MariaDBRow] in
                // Not a setting of this version, or not one of the caller's.
                let foreseen: Set<UInt32> = [1193, 1227, 1231, 1238, 1621, 1568, 1295, 1115, 3566]
                let refusal = try await report { _ = try await broker.query(setting) }
                #expect(refusal.map { foreseen.contains($0.number.rawValue) } ?? true)
                return Array(try await broker.query("CALL mayfly.`\(procedure)`(?)", [batch]))
            }
            let members = (0..<3).map { _ in
                MariaDBGuardMember().with("ttl_seconds", "60").with("reason", #""grün 🦟 \\ \" '""#).fitting(
                    guarded.server)
            }
            let bad = MariaDBGuardMember(groups: ["orders"]).fitting(guarded.server)
            let all = members + [bad]
            let leases = "[" + all.map { #"{"lease": "\#($0.lease)"}"# }.joined(separator: ",") + "]"
            let issued = try await call("issue", "[" + all.map(\.json).joined(separator: ",") + "]")
            #expect(try issued.map { try $0.string("code") } == ["00000", "00000", "00000", "MF002"])
            let renewals = all.map { #"{"lease": "\#($0.lease)", "ttl_seconds": 120}"# }.joined(
                separator: ",")
            #expect(
                try await call("renew", "[\(renewals)]").map { try $0.string("code") }
                    == ["00000", "00000", "00000", "MF004"])
            let found = try await call("find", leases)
            for row in found.prefix(3) {
                #expect(try row.string("standing") == "live")
                #expect(try !row.bool("altered"))
                let now = Date().timeIntervalSince1970
                #expect(try abs(row.double("created_at") - now) < 30)
                #expect(try abs(row.double("valid_until") - now - 120) < 30)
            }
            let reasons = try await guarded.server.execute(
                "SELECT reason FROM mayfly.lease WHERE lease IN (?, ?, ?)", members.map(\.lease))
            // A client that misstates its character set is taken at its word.
            if !setting.contains("latin1"), !setting.contains("gbk") {
                #expect(Set(try reasons.map { try $0.string("reason") }) == [#"grün 🦟 \ " '"#])
            }
            let session = try await guarded.leaser(
                MariaDBGuardLease(id: members[0].lease, role: members[0].role))
            #expect(try await session.query("SELECT * FROM app.orders").count == 2)
            _ = try await call("lock", leases)
            #expect(try await call("terminate", leases).first?.int("terminated") == 1)
            try await eventually("the session of \(members[0].role) ends") {
                try await call("terminate", leases).first?.int("remaining") == 0
            }
            #expect(
                try await call("drop", leases).map { try $0.optionalString("state") }
                    == ["dropped", "dropped", "dropped", nil])
            for member in all { #expect(try await !guarded.exists(member.role)) }
        }

        @Test func aLockByNameHeldByALeaserStopsNothing() async throws {
            let guarded = try await MariaDBGuardServer.shared()
            let lease = try await guarded.issue()
            let leaser = try await guarded.leaser(lease)
            for name in ["mayfly", "mayfly.issue", "mayfly.lease", "mayfly.issued", "mayfly_guard"] {
                _ = try await leaser.query("SELECT GET_LOCK('\(name)', 0)")
            }
            let other = try await guarded.issue()
            try await guarded.lockAndTerminate(other)
            #expect(try await guarded.call("drop", other).string("state") == "dropped")
        }

        @Test func aSecondInstallationIsRefusedAndChangesNothing() async throws {
            let guarded = try await MariaDBGuardServer.shared()
            let before = try await guarded.server.execute("SHOW GRANTS FOR mayfly_guard@localhost").map(
                \.values)
            let script = try MariaDBGuardServer.script(guarded.server).replacing("'attack'", with: "'other'")
            await #expect(throws: TestCommand.Failure.self) {
                try await guarded.server.client(script: script)
            }
            let rows = try await guarded.server.execute("SELECT installation FROM mayfly.guard")
            #expect(try rows.only().string("installation") == "attack")
            #expect(
                try await guarded.server.execute("SHOW GRANTS FOR mayfly_guard@localhost").map(\.values)
                    == before)
        }
    }
}
