import MayflyTesting
import SQLClients
import Testing

extension MariaDBGuardAttack {
    /// The end of a lease, out of order and with things left over.
    @Suite struct Ends {
        @Test func dropIsRefusedWhileTheAccountCanLogInOrHasSessions() async throws {
            let guarded = try await MariaDBGuardServer.shared()
            let lease = try await guarded.issue()
            try expectCode(try await guarded.call("drop", lease), "MF009")
            let leaser = try await guarded.leaser(lease)
            #expect(try await guarded.call("lock", lease).string("state") == "locked")
            #expect(try await guarded.call("lock", lease).string("state") == "locked")
            try expectCode(try await guarded.call("drop", lease), "MF009")
            _ = try await leaser.query("SELECT 1")
            await #expect(throws: MariaDBError.self) { _ = try await guarded.leaser(lease) }
            #expect(try await !guarded.find(lease).bool("can_login"))

            try await guarded.lockAndTerminate(lease)
            await #expect(throws: MariaDBError.self) { _ = try await leaser.query("SELECT 1") }
            #expect(try await guarded.call("drop", lease).string("state") == "dropped")
            #expect(try await guarded.call("drop", lease).string("state") == "gone")
            #expect(try await guarded.call("lock", lease).string("state") == "gone")
            #expect(try await guarded.find(lease).string("standing") == "ended")
        }

        @Test func aLockedLeaseIsNeitherRenewedNorGivenANewPassword() async throws {
            let guarded = try await MariaDBGuardServer.shared()
            let lease = try await guarded.issue()
            _ = try await guarded.call("lock", lease)
            for procedure in ["renew", "replace_verifier"] {
                let batch = ForeignAccounts.batch(procedure, lease.id, guarded)
                try expectCode(try guarded.only(try await guarded.call(procedure, batch)), "MF012")
            }
            // Even where somebody let it log in again.
            try await guarded.server.execute("ALTER USER \(lease.role)@localhost ACCOUNT UNLOCK")
            for procedure in ["renew", "replace_verifier"] {
                let batch = ForeignAccounts.batch(procedure, lease.id, guarded)
                try expectCode(try guarded.only(try await guarded.call(procedure, batch)), "MF012")
            }
        }

        @Test func everySessionIsEndedWhateverItDoes() async throws {
            let guarded = try await MariaDBGuardServer.shared()
            let lease = try await guarded.issue(
                MariaDBGuardMember(groups: ["orders_app"]).with("connection_limit", "10"))
            let idle = try await guarded.leaser(lease)
            let busy = try await guarded.leaser(lease)
            let writer = try await guarded.leaser(lease, database: "workshop")
            _ = try await writer.query("CREATE TABLE IF NOT EXISTS long_one (a int)")
            _ = try await writer.query("START TRANSACTION")
            _ = try await writer.query("INSERT INTO long_one VALUES (1)")
            let sleeping = Task { try await busy.query("SELECT SLEEP(30)") }
            try await eventually("three sessions are seen") {
                try await guarded.rows("sessions").filter { try $0.string("lease") == lease.id }.count == 3
            }
            _ = try await guarded.call("lock", lease)
            #expect(try await guarded.call("terminate", lease).int("terminated") == 3)
            try await eventually("they end") {
                try await guarded.call("terminate", lease).int("remaining") == 0
            }
            // An interrupted SLEEP may still answer 1; the next call of each finds no connection.
            _ = await sleeping.result
            for session in [idle, busy, writer] {
                await #expect(throws: MariaDBError.self) { _ = try await session.query("SELECT 1") }
            }
            #expect(try await guarded.server.execute("SELECT * FROM workshop.long_one").isEmpty)
            #expect(try await guarded.call("drop", lease).string("state") == "dropped")
        }

        /// KILL answers OK and ends nothing, and other sessions cannot be seen: reported, not believed.
        @Test(arguments: ["PROCESS", "CONNECTION ADMIN"])
        func aGuardWithoutTheRightToSeeAndEndSessionsSaysSo(right: String) async throws {
            let guarded = try await MariaDBGuardServer.start()
            let lease = try await guarded.issue()
            let leaser = try await guarded.leaser(lease)
            let right =
                guarded.server.isMySQL ? right.replacing("CONNECTION ADMIN", with: "CONNECTION_ADMIN") : right
            try await guarded.server.execute("REVOKE \(right) ON *.* FROM mayfly_guard@localhost")
            for procedure in ["issue", "lock", "terminate", "drop"] {
                await expectRefusal("MF016") {
                    _ = try await guarded.call(procedure, #"[{"lease": "\#(lease.id)"}]"#)
                }
            }
            _ = try await leaser.query("SELECT 1")
            try await guarded.server.execute("GRANT \(right) ON *.* TO mayfly_guard@localhost")
            try await guarded.lockAndTerminate(lease)
            #expect(try await guarded.call("drop", lease).string("state") == "dropped")
        }

        static let definitions = [
            ("view", "CREATE VIEW workshop.NAME AS SELECT 1 AS a"),
            ("procedure", "CREATE PROCEDURE workshop.NAME() SELECT 1"),
            ("function", "CREATE FUNCTION workshop.NAME() RETURNS int DETERMINISTIC RETURN 1"),
            ("event", "CREATE EVENT workshop.NAME ON SCHEDULE EVERY 1 DAY DO DO 1"),
            (
                "trigger",
                "CREATE TRIGGER workshop.NAME BEFORE INSERT ON workshop.things FOR EACH ROW SET NEW.a = 1"
            ),
        ]

        @Test(arguments: definitions)
        func whatNamesTheAccountAsItsDefinerKeepsItLocked(kind: String, statement: String) async throws {
            let guarded = try await MariaDBGuardServer.shared()
            try await guarded.server.execute("CREATE TABLE IF NOT EXISTS workshop.things (a int)")
            // Where there is a binary log, functions and triggers are for those whom the server trusts.
            try await guarded.server.execute("SET GLOBAL log_bin_trust_function_creators = ON")
            let lease = try await guarded.issue(MariaDBGuardMember(groups: ["orders_app"]))
            let other = try await guarded.issue()
            let leaser = try await guarded.leaser(lease)
            let name = "x_\(lease.role.suffix(13))"
            _ = try await leaser.query(statement.replacing("NAME", with: name))
            try await guarded.lockAndTerminate(lease)
            try await guarded.lockAndTerminate(other)
            let rows = try await guarded.call(
                "drop", #"[{"lease": "\#(lease.id)"}, {"lease": "\#(other.id)"}]"#)
            #expect(try rows[0].string("state") == "kept")
            try expectCode(rows[0], "MF015")
            let hanging = try rows[0].string("message")
            for part in [#""database": "workshop""#, #""kind": "\#(kind)""#, #""name": "\#(name)""#] {
                #expect(hanging.contains(part), "\(hanging)")
            }
            #expect(try rows[1].string("state") == "dropped")
            #expect(try await guarded.call("hanging", lease).string("hanging") == hanging)
            #expect(try await guarded.find(lease).string("standing") == "live")
            // Nor does what it left have its rights.
            let grants = try await guarded.server.execute("SHOW GRANTS FOR \(lease.role)@localhost")
            #expect(!grants.contains { ($0.values.first ?? nil)?.contains("workshop") ?? false })
            #expect(!grants.contains { ($0.values.first ?? nil)?.hasPrefix("GRANT `orders_app`") ?? false })
            // Once a person dealt with it, the rest goes by itself.
            try await guarded.server.execute("DROP \(kind) workshop.\(name)")
            #expect(try await guarded.call("hanging", lease).string("hanging") == "[]")
            #expect(try await guarded.call("drop", lease).string("state") == "dropped")
        }

        @Test func aTableThatALeaserMadeStays() async throws {
            let guarded = try await MariaDBGuardServer.shared()
            let lease = try await guarded.issue(MariaDBGuardMember(groups: ["orders_app"]))
            let leaser = try await guarded.leaser(lease)
            let table = "workshop.t_\(lease.role.suffix(13))"
            _ = try await leaser.query("CREATE TABLE \(table) AS SELECT 1 AS kept")
            try await guarded.lockAndTerminate(lease)
            #expect(try await guarded.call("drop", lease).string("state") == "dropped")
            #expect(try await guarded.server.execute("SELECT kept FROM \(table)").count == 1)
        }

        @Test func endOverdueEndsWhatIsOverdueAndNoOthers() async throws {
            let guarded = try await MariaDBGuardServer.shared()
            let lease = try await guarded.issue()
            let definer = try await guarded.issue(MariaDBGuardMember(groups: ["orders_app"]))
            let other = try await guarded.issue()
            let leaser = try await guarded.leaser(lease)
            let definerSession = try await guarded.leaser(definer)
            _ = try await definerSession.query(
                "CREATE VIEW workshop.v_\(definer.role.suffix(13)) AS SELECT 1 AS a")
            try await guarded.server.execute(
                "UPDATE mayfly.lease SET valid_until = UTC_TIMESTAMP() - INTERVAL 1 SECOND WHERE lease IN (?, ?)",
                [lease.id, definer.id])
            // Time by the caller is not the guard's.
            let broker = try await guarded.broker()
            _ = try await broker.query("SET timestamp = 2100000000")
            var actions: [String: [String]] = [:]
            try await eventually("the overdue account is dropped") {
                for row in try await broker.query("CALL mayfly.end_overdue()") {
                    actions[try row.string("lease"), default: []].append(try row.string("action"))
                }
                return actions[lease.id]?.last == "dropped" && actions[definer.id]?.last == "kept"
            }
            #expect(actions[other.id] == nil)
            await #expect(throws: MariaDBError.self) { _ = try await leaser.query("SELECT 1") }
            #expect(try await guarded.find(lease).string("standing") == "ended")
            #expect(try await guarded.find(other).bool("can_login"))
            #expect(try await !guarded.find(definer).bool("can_login"))
        }

        @Test func theEventEndsAnOverdueLeaseWithoutTheBroker() async throws {
            let guarded = try await MariaDBGuardServer.start(options: ["--event-scheduler=ON"])
            #expect(try await guarded.description().event_scheduler == "ON")
            #expect(try await guarded.description().event == "ENABLED")
            let lease = try await guarded.issue(MariaDBGuardMember().with("ttl_seconds", "1"))
            let leaser = try await guarded.leaser(lease)
            // As often as a test can wait for.
            try await guarded.server.execute("ALTER EVENT mayfly.end_overdue ON SCHEDULE EVERY 1 SECOND")
            try await eventually("the event ends the lease") { try await !guarded.exists(lease.role) }
            await #expect(throws: MariaDBError.self) { _ = try await leaser.query("SELECT 1") }
            #expect(try await guarded.find(lease).string("standing") == "ended")
        }

        /// Left to the server's own limits, it would wait for 50 seconds, or for a day.
        @Test func whatSomebodyHasLockedKeepsNoOverdueAccessAlive() async throws {
            let guarded = try await MariaDBGuardServer.start(options: ["--event-scheduler=ON"])
            let lease = try await guarded.issue()
            let other = try await guarded.issue()
            let leaser = try await guarded.leaser(lease)
            let dba = try await guarded.server.connect(as: "root", password: nil)
            try await guarded.server.execute(
                "UPDATE mayfly.lease SET valid_until = UTC_TIMESTAMP() - INTERVAL 1 SECOND")
            _ = try await dba.query("START TRANSACTION")
            _ = try await dba.query("SELECT * FROM mayfly.lease WHERE lease = ? FOR UPDATE", [lease.id])
            try await guarded.server.execute("ALTER EVENT mayfly.end_overdue ON SCHEDULE EVERY 1 SECOND")
            try await eventually("both are locked and without sessions", within: .seconds(45)) {
                let locked = try await guarded.server.execute(
                    "SELECT 1 FROM mayfly.account WHERE user IN (?, ?) AND locked", [lease.role, other.role])
                let sessions = try await guarded.server.execute(
                    "SELECT 1 FROM information_schema.PROCESSLIST WHERE USER = ?", [lease.role])
                return locked.count == 2 && sessions.isEmpty
            }
            await #expect(throws: MariaDBError.self) { _ = try await leaser.query("SELECT 1") }
            _ = try await dba.query("ROLLBACK")
            try await eventually("both are dropped") {
                guard try await !guarded.exists(lease.role) else { return false }
                return try await !guarded.exists(other.role)
            }
        }

        /// A backup may hold all of the server for long, and the event comes again each minute.
        @Test func aServerThatIsLockedAsAWholeIsNotWaitedFor() async throws {
            let guarded = try await MariaDBGuardServer.start()
            let lease = try await guarded.issue()
            try await guarded.server.execute(
                "UPDATE mayfly.lease SET valid_until = UTC_TIMESTAMP() - INTERVAL 1 SECOND")
            let dba = try await guarded.server.connect(as: "root", password: nil)
            _ = try await dba.query("FLUSH TABLES WITH READ LOCK")
            let start = ContinuousClock.now
            for procedure in ["end_overdue", "roles"] {
                let refusal = try await report { _ = try await guarded.rows(procedure) }
                // MySQL can still make a temporary table.
                #expect(refusal == nil ? guarded.server.isMySQL : refusal?.number == .lockWaitTimeout)
            }
            #expect(ContinuousClock.now - start < .seconds(45))
            _ = try await dba.query("UNLOCK TABLES")
            _ = try await guarded.rows("end_overdue")
            #expect(try await !guarded.exists(lease.role))
        }

        @Test func aServerWithoutEventsIsDescribedSo() async throws {
            let guarded = try await MariaDBGuardServer.shared()
            #expect(try await guarded.description().event_scheduler == "OFF")
        }

        @Test func aReadOnlyServerIsNotWrittenTo() async throws {
            let guarded = try await MariaDBGuardServer.start()
            let lease = try await guarded.issue()
            let leaser = try await guarded.leaser(lease)
            let before = try await guarded.find(lease).string("valid_until")
            try await guarded.server.execute("SET GLOBAL read_only = ON")
            for procedure in ["issue", "renew", "replace_verifier", "lock", "drop"] {
                await expectRefusal("MF011") { _ = try await guarded.call(procedure, "[]") }
            }
            await expectRefusal("MF011") { _ = try await guarded.rows("end_overdue") }
            #expect(try await guarded.description().read_only)
            #expect(try await guarded.find(lease).string("standing") == "live")
            #expect(try await guarded.find(lease).string("valid_until") == before)
            #expect(try await guarded.rows("roles").count == 1)
            // What does not replicate has to be done here.
            #expect(try await guarded.rows("sessions").map { try $0.string("lease") } == [lease.id])
            #expect(try await guarded.call("terminate", lease).int("terminated") == 1)
            await #expect(throws: MariaDBError.self) { _ = try await leaser.query("SELECT 1") }
            let registered = try await guarded.server.execute("SELECT first_session_at FROM mayfly.lease")
                .only()
            #expect(try registered.optionalString("first_session_at") == nil)
        }
    }
}
