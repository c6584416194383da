import Foundation
import MayflyCore
import MayflyDatabases
import MayflyTesting
import SQLClients
import Testing

/// Ends of leases that held, made or left things. On one server, one after the other.
@Suite(.serialized, .timeLimit(.minutes(10))) struct MariaDBEngineRevocationTests {
    /// A server on which a group may do everything in the schema `workshop`.
    struct World: Sendable {
        let environment: MariaDBEnvironment
        let suite: DatabaseEngineConformance<MariaDBEnvironment>
        var server: MariaDBServer { environment.server }
        var engine: any DatabaseEngine { environment.engine }

        private static let sharedWorld = Task { try await make() }
        static func shared() async throws -> World { try await sharedWorld.value }

        private static func make() async throws -> World {
            let environment = try await MariaDBEnvironment.make(options: [
                "--event-scheduler=ON", "--log-bin-trust-function-creators=ON", "--max-connections=700",
            ]) { $0.timeoutSeconds = 8 }
            try await environment.server.client(
                script: """
                    CREATE SCHEMA workshop; CREATE TABLE workshop.things (a INT PRIMARY KEY) ENGINE = InnoDB;
                    INSERT INTO workshop.things VALUES (1), (2), (3); CREATE PROCEDURE orders.work() SELECT 1;
                    CREATE ROLE makers; CREATE ROLE extra; GRANT ALL ON workshop.* TO makers;
                    GRANT DELETE ON orders.customers TO extra;
                    GRANT makers TO mayfly_guard@localhost WITH ADMIN OPTION;
                    INSERT INTO mayfly.allowed_group VALUES ('makers');
                    CREATE USER bob@localhost IDENTIFIED BY 'Bobs-password-1';
                    """)
            return World(environment: environment, suite: DatabaseEngineConformance(environment))
        }

        func lease(connections: Int = 600) async throws -> DatabaseEngineConformance<MariaDBEnvironment>.Made
        {
            let made = try suite.order(groups: ["makers"], connectionLimit: connections)
            try await suite.issue(made)
            return made
        }

        func session(
            _ made: DatabaseEngineConformance<MariaDBEnvironment>.Made
        ) async throws -> MariaDBConnection {
            try await server.connect(
                as: made.order.role.rawValue, password: made.password, database: "workshop")
        }

        func obstacle(
            _ made: DatabaseEngineConformance<MariaDBEnvironment>.Made
        ) async throws -> Lease.Obstacle {
            let outcome = try await suite.revoke(made)
            guard case .locked(let obstacle) = outcome else {
                throw TestServerError.timedOut("a locked role: \(outcome)")
            }
            await #expect(throws: MariaDBError.self) { try await session(made) }
            return obstacle
        }

        func count(_ sql: String) async throws -> Int {
            try await server.execute("SELECT COUNT(*) AS n FROM \(sql)").only().int("n")
        }

        /// Rows of the server's own tables that name the account.
        func traces(_ role: RoleName) async throws -> [String] {
            let places =
                [
                    "mysql.user WHERE User", "mysql.db WHERE User", "mysql.tables_priv WHERE User",
                    "mysql.columns_priv WHERE User", "mysql.procs_priv WHERE User",
                    "mysql.proxies_priv WHERE User", "mysql.proxies_priv WHERE Proxied_user",
                ]
                + (server.isMySQL
                    ? [
                        "mysql.role_edges WHERE FROM_USER", "mysql.role_edges WHERE TO_USER",
                        "mysql.default_roles WHERE USER", "mysql.global_grants WHERE USER",
                    ] : ["mysql.roles_mapping WHERE User", "mysql.global_priv WHERE User"])
            var found: [String] = []
            for place in places where try await count("\(place) = '\(role)'") > 0 { found.append(place) }
            return found
        }
    }

    @Test(
        "What a lease made in its own name keeps it locked, without rights, and a DBA is told how to free it")
    func definers() async throws {
        let world = try await World.shared()
        let made = try await world.lease()
        let session = try await world.session(made)
        for statement in [
            "CREATE VIEW `v'`` \"w` AS SELECT 'it''s \\\\' AS answer, a FROM things WHERE a > 1 WITH CASCADED CHECK OPTION",
            "CREATE PROCEDURE p1() SELECT 1",
            "CREATE FUNCTION f1() RETURNS INT DETERMINISTIC RETURN 1",
            "CREATE EVENT `e'1` ON SCHEDULE EVERY 1 HOUR DO DO 1",
            "CREATE TRIGGER t1 BEFORE INSERT ON things FOR EACH ROW SET NEW.a = NEW.a",
        ] { _ = try await session.query(statement) }
        let obstacle = try await world.obstacle(made)
        #expect(
            obstacle.hanging.sorted() == [
                "event workshop.e'1", "function workshop.f1", "procedure workshop.p1", "trigger workshop.t1",
                "view workshop.v'` \"w",
            ])
        let statement = try #require(obstacle.statement)
        for part in [
            "SHOW CREATE PROCEDURE `workshop`.`p1`", "SHOW CREATE FUNCTION `workshop`.`f1`",
            "SHOW CREATE TRIGGER `workshop`.`t1`",
        ] { #expect(statement.contains(part)) }
        // Under the least helpful of modes, as a DBA's session may be.
        try await world.server.client(
            script: "SET SESSION sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES';\n" + statement)
        let view = try await world.server.execute("SELECT answer, a FROM workshop.`v'`` \"w` ORDER BY a")
        #expect(try view.map { try $0.string("answer") } == ["it's \\", "it's \\"])
        let event = try await world.server.execute(
            "SELECT DEFINER AS d, STATUS AS s FROM information_schema.EVENTS WHERE EVENT_NAME = 'e''1'"
        ).only()
        #expect(try event.string("d") == "root@localhost" && event.string("s").hasPrefix("DISABLED"))
        #expect(try await world.obstacle(made).hanging.count == 3)
        for drop in ["PROCEDURE workshop.p1", "FUNCTION workshop.f1", "TRIGGER workshop.t1"] {
            try await world.server.execute("DROP \(drop)")
        }
        #expect(try await world.suite.revoke(made) == .gone(sessionsEnded: 0))
        #expect(try await world.traces(made.order.role).isEmpty)
        try await world.server.client(script: "DROP VIEW workshop.`v'`` \"w`; DROP EVENT workshop.`e'1`")
    }

    @Test("An event in a lease's name does nothing more once the lease is over")
    func events() async throws {
        let world = try await World.shared()
        let made = try await world.lease()
        let session = try await world.session(made)
        try await world.server.client(
            script: """
                CREATE TABLE workshop.ticks (a INT); CREATE TABLE workshop.clock (a INT);
                CREATE EVENT workshop.clock ON SCHEDULE EVERY 1 SECOND DO INSERT INTO workshop.clock VALUES (1);
                """)
        // On MariaDB a definer has no role in its events: only what it was given itself.
        for right in ["EVENT ON workshop.*", "INSERT ON workshop.ticks"] {
            try await world.server.execute("GRANT \(right) TO `\(made.order.role)`@localhost")
        }
        _ = try await session.query(
            "CREATE EVENT ticking ON SCHEDULE EVERY 1 SECOND DO INSERT INTO ticks VALUES (1)")
        try await eventually("it ticks") { try await world.count("workshop.ticks") > 0 }
        _ = try await world.obstacle(made)
        let before = try await world.count("workshop.ticks")
        let then = try await world.count("workshop.clock")
        try await eventually("its turn comes again, twice") {
            try await world.count("workshop.clock") > then + 2
        }
        #expect(try await world.count("workshop.ticks") == before)
        try await world.server.client(
            script: """
                DROP EVENT workshop.ticking; DROP EVENT workshop.clock; DROP TABLE workshop.ticks, workshop.clock;
                """)
        #expect(try await world.suite.revoke(made) == .gone(sessionsEnded: 0))
    }

    @Test("Whatever others gave an account goes with it, and what it was given on")
    func grants() async throws {
        let world = try await World.shared()
        let (gone, kept) = (try await world.lease(), try await world.lease())
        for made in [gone, kept] {
            let account = "`\(made.order.role)`@localhost"
            try await world.server.client(
                script: """
                    GRANT extra TO \(account); GRANT SELECT (name), UPDATE (name) ON orders.customers TO \(account);
                    GRANT EXECUTE ON PROCEDURE orders.work TO \(account); GRANT INSERT ON orders.secrets TO \(account)
                    WITH GRANT OPTION; GRANT DELETE ON orders_archive.* TO \(account);
                    GRANT SHOW DATABASES ON *.* TO \(account); GRANT PROXY ON bob@localhost TO \(account);
                    """)
            if world.server.isMySQL { try await world.server.execute("GRANT \(account) TO bob@localhost") }
        }
        let session = try await world.session(kept)
        _ = try await session.query("CREATE VIEW kept AS SELECT 1 AS a")
        // A leaser hands nothing on by itself.
        for statement in ["GRANT makers TO bob@localhost", "GRANT SELECT ON workshop.* TO bob@localhost"] {
            await expectNumber(1044, 1045, 1227, 1410, 1698) { _ = try await session.query(statement) }
        }
        #expect(try await world.suite.revoke(gone) == .gone(sessionsEnded: 0))
        #expect(try await world.traces(gone.order.role).isEmpty)

        let obstacle = try await world.obstacle(kept)
        let grants = try await world.server.execute("SHOW GRANTS FOR `\(kept.order.role)`@localhost")
            .compactMap { $0.values.first ?? nil }
        for grant in grants {
            #expect(
                grant.hasPrefix("GRANT USAGE ON *.*") || grant.hasPrefix("GRANT PROXY ON `bob`")
                    || grant.hasPrefix("SET DEFAULT ROLE") || grant.contains("GRANT `extra`"), "\(grant)")
        }
        if world.server.isMySQL {
            // The guard has no right to take away what it could not give.
            let statement = "REVOKE `extra`@`%` FROM `\(kept.order.role)`@`localhost`;"
            #expect(obstacle.statement?.contains(statement) == true, "\(obstacle)")
            try await world.server.execute(statement)
        }
        #expect(!grants.contains { $0.contains("`extra`") } || world.server.isMySQL)
        try await world.server.execute("DROP VIEW workshop.kept")
        #expect(try await world.suite.revoke(kept) == .gone(sessionsEnded: 0))
        #expect(try await world.traces(kept.order.role).isEmpty)
    }

    /// An account may grant PROXY on itself. Who acts as it has other sessions, which its name does not find.
    @Test("A lease that let another account act as it stays locked until that is taken back")
    func proxies() async throws {
        let world = try await World.shared()
        let made = try await world.lease()
        let account = "`\(made.order.role)`@`localhost`"
        let session = try await world.session(made)
        _ = try await session.query("GRANT PROXY ON \(account) TO bob@localhost")
        let obstacle = try await world.obstacle(made)
        #expect(obstacle.hanging == ["bob@localhost may act as the account"])
        let statement = try #require(obstacle.statement)
        #expect(statement.hasPrefix("REVOKE PROXY ON \(account) FROM `bob`@`localhost`;"))
        try await world.server.client(script: statement)
        #expect(try await world.suite.revoke(made) == .gone(sessionsEnded: 0))
        #expect(try await world.traces(made.order.role).isEmpty)
    }

    @Test("A prepared transaction of a lease's keeps it locked until a DBA ends it; an open one ends with it")
    func transactions() async throws {
        let world = try await World.shared()
        let (made, open) = (try await world.lease(), try await world.lease())
        let session = try await world.session(made)
        for statement in [
            "XA START 'it''s','b',7", "UPDATE things SET a = 30 WHERE a = 3", "XA END 'it''s','b',7",
            "XA PREPARE 'it''s','b',7",
        ] { _ = try await session.query(statement) }
        let other = try await world.session(open)
        _ = try await other.query("START TRANSACTION")
        _ = try await other.query("UPDATE things SET a = 20 WHERE a = 2")
        // So old may be what the server tells of transactions.
        _ = try await other.query("SELECT SLEEP(0.15)")

        #expect(try await world.suite.revoke(open) == .gone(sessionsEnded: 1))
        for _ in 0..<2 {
            let obstacle = try await world.obstacle(made)
            #expect(obstacle.hanging.count == 1)
            #expect(obstacle.hanging.allSatisfy { $0.hasPrefix("prepared XA transaction ") })
            let statement = try #require(obstacle.statement)
            #expect(
                statement.hasPrefix(
                    world.server.isMySQL ? "XA ROLLBACK X'69742773',X'62',7;" : "XA RECOVER FORMAT='SQL';"))
            _ = try await world.server.client(script: world.server.isMySQL ? "SELECT 1" : statement)
        }
        try await world.server.execute("XA ROLLBACK 'it''s','b',7")
        try await eventually("it is gone") {
            // Asked again within a tenth of a second the server tells the same as before, for ever.
            _ = try await world.server.execute("SELECT SLEEP(0.15)")
            return try await world.suite.revoke(made) == .gone(sessionsEnded: 0)
        }
        #expect(try await world.count("workshop.things WHERE a IN (2, 3)") == 2)
        #expect(try await world.count("mayfly.cut_transaction") == 0)
    }

    @Test("Sessions of another account with a lease's name keep it locked, and say so; that account stays")
    func hosts() async throws {
        let world = try await World.shared()
        let made = try await world.lease()
        let foreign = "`\(made.order.role)`@`127.0.0.1`"
        try await world.server.execute("CREATE USER \(foreign) IDENTIFIED BY 'Foreign-password-1'")
        let parameters = MariaDBParameters(
            hosts: ["127.0.0.1"], port: world.server.port, user: made.order.role.rawValue,
            password: AccountPassword(copying: "Foreign-password-1".utf8), tls: .disable,
            applicationName: "mayfly-tests", requiresWritable: false)
        // MySQL's method of authentication is not for plain TCP: there it is dropped without anybody in the way.
        guard !world.server.isMySQL else {
            #expect(try await world.suite.revoke(made) == .gone(sessionsEnded: 0))
            #expect(try await world.count("mysql.user WHERE User = '\(made.order.role)'") == 1)
            try await world.server.execute("DROP USER \(foreign)")
            return
        }
        let loop = Task {
            while !Task.isCancelled {
                do {
                    let connection = try await MariaDBConnection.connect(parameters, timeout: .seconds(5))
                    for _ in 0..<100 { _ = try await connection.query("SELECT 1") }
                    await connection.close()
                } catch is MariaDBError {
                    // Ended, as it has our name.
                }
            }
        }
        try await eventually("the other account has sessions") {
            try await world.count("information_schema.PROCESSLIST WHERE USER = '\(made.order.role)'") > 0
        }
        // It may be caught between two sessions: then the lease's account is dropped, and the other one stays.
        switch try await world.suite.revoke(made) {
        case .locked(let obstacle):
            #expect(obstacle.hanging == ["\(made.order.role)@127.0.0.1 has its name, and sessions"])
            #expect(obstacle.statement?.hasPrefix("DROP USER \(foreign);") == true)
        case .gone: break
        case .failed(let failure): Issue.record("\(failure)")
        }
        loop.cancel()
        _ = await loop.result
        try await eventually("it ends without them") {
            if case .gone = try await world.suite.revoke(made) { true } else { false }
        }
        #expect(try await world.count("mysql.global_priv WHERE User = '\(made.order.role)'") == 1)
        try await world.server.execute("DROP USER \(foreign)")
    }

    @Test(
        "Sessions end whatever they hold or wait for: locks by name, tables, rows, sleep, a long transaction")
    func holders() async throws {
        let world = try await World.shared()
        let (made, other) = (try await world.lease(), try await world.lease())
        _ = try await world.session(other).query("CREATE TABLE IF NOT EXISTS locked_one (a INT)")
        let blocker = try await world.server.connect(as: "root", password: nil, database: "workshop")
        _ = try await blocker.query("START TRANSACTION")
        _ = try await blocker.query("SELECT a FROM things WHERE a = 1 FOR UPDATE")

        let holders = [
            ["SELECT GET_LOCK('mine', 5)"], ["LOCK TABLES locked_one WRITE"],
            ["START TRANSACTION", "UPDATE things SET a = 20 WHERE a = 2", "SET @secret = 'x'"],
            ["CREATE TEMPORARY TABLE mine_only (a INT)"],
        ]
        var sessions: [MariaDBConnection] = []
        for statements in holders {
            let session = try await world.session(made)
            for statement in statements { _ = try await session.query(statement) }
            sessions.append(session)
        }
        let waiters = [
            "SELECT SLEEP(60)", "UPDATE things SET a = 10 WHERE a = 1", "SELECT GET_LOCK('mine', 60)",
            "ALTER TABLE things ADD COLUMN b INT", "SELECT COUNT(*) FROM locked_one",
            "SELECT BENCHMARK(10000000000, SHA2('x', 512))",
        ]
        var waiting: [Task<MariaDBRows, any Error>] = []
        for statement in waiters {
            // Kept: one that got what it waited for when its holder was ended would otherwise go by itself.
            let session = try await world.session(made)
            sessions.append(session)
            waiting.append(Task { try await session.query(statement, [], timeout: .seconds(60)) })
        }
        try await eventually("all wait") {
            try await world.count(
                "information_schema.PROCESSLIST WHERE USER = '\(made.order.role)' AND COMMAND <> 'Sleep'")
                == waiters.count
        }
        try await world.suite.expectGone(made, sessionsEnded: holders.count + waiters.count)
        for task in waiting { _ = await task.result }
        for session in sessions { await session.close() }
        #expect(try await world.traces(made.order.role).isEmpty)
        _ = try await blocker.query("COMMIT")
        // What they held is free.
        let next = try await world.session(other)
        #expect(try await next.query("SELECT GET_LOCK('mine', 5) AS got").only().int("got") == 1)
        _ = try await next.query("INSERT INTO locked_one VALUES (1)")
        #expect(try await next.query("SELECT a FROM things ORDER BY a").count == 3)
        #expect(try await world.suite.revoke(other) == .gone(sessionsEnded: 1))
    }

    @Test("Five hundred sessions end, and one that connects again and again does not come back")
    func manySessions() async throws {
        let world = try await World.shared()
        let made = try await world.lease()
        var sessions: [MariaDBConnection] = []
        while sessions.count < 500 {
            sessions += try await withThrowingTaskGroup(of: MariaDBConnection.self) { group in
                for _ in 0..<25 { group.addTask { try await world.session(made) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }
        let loop = Task {
            var refused = 0
            while refused < 20 {
                do {
                    await (try await world.session(made)).close()
                } catch is MariaDBError {
                    refused += 1
                }
            }
        }
        guard case .gone(let ended, _) = try await world.suite.revoke(made) else {
            Issue.record("not gone")
            return
        }
        #expect(ended >= 500)
        try await loop.value
        #expect(
            try await world.count("information_schema.PROCESSLIST WHERE USER = '\(made.order.role)'") == 0)
        for session in sessions { await session.close() }
    }

    /// PROCESSLIST has the name of a routine's definer for who is in it.
    @Test("A session in a routine of another definer does not get away", arguments: [false, true])
    func hidden(performanceSchema: Bool) async throws {
        let environment = try await MariaDBEnvironment.make(
            options: performanceSchema ? ["--performance-schema=ON"] : ["--performance-schema=OFF"])
        let suite = DatabaseEngineConformance(environment)
        try await environment.server.client(
            script: """
                CREATE PROCEDURE orders.slow() SQL SECURITY DEFINER DO GET_LOCK('gate', 60);
                GRANT EXECUTE ON PROCEDURE orders.slow TO orders_readonly;
                """)
        let made = try suite.order()
        try await suite.issue(made)
        let gate = try await environment.server.connect(as: "root", password: nil)
        _ = try await gate.query("SELECT GET_LOCK('gate', 1)")
        let session = try await environment.server.connect(
            as: made.order.role.rawValue, password: made.password, database: "orders")
        let id = await session.server.connectionID
        let call = Task { try await session.query("CALL slow()", [], timeout: .seconds(60)) }
        func isThere() async throws -> Bool {
            try await !environment.server.execute(
                "SELECT 1 FROM information_schema.PROCESSLIST WHERE ID = ? AND USER = 'root'", ["\(id)"]
            ).isEmpty
        }
        try await eventually("it is in there") { try await isThere() }
        try await suite.expectGone(made, sessionsEnded: performanceSchema ? 1 : 0)
        #expect(try await isThere() == !performanceSchema)
        _ = try await gate.query("DO RELEASE_LOCK('gate')")
        _ = await call.result
        // As soon as anybody looks.
        #expect(await environment.engine.health().failure == nil)
        await #expect(throws: MariaDBError.self) { _ = try await session.query("SELECT * FROM customers") }
        await environment.engine.close()
    }

    @Test("Packages of MariaDB's Oracle mode are found too")
    func packages() async throws {
        let world = try await World.shared()
        guard !world.server.isMySQL else { return }
        let made = try await world.lease()
        let session = try await world.session(made)
        for statement in [
            "SET sql_mode = ORACLE", "CREATE PACKAGE pk AS PROCEDURE p; END",
            "CREATE PACKAGE BODY pk AS PROCEDURE p AS BEGIN NULL; END; END",
        ] { _ = try await session.query(statement) }
        let obstacle = try await world.obstacle(made)
        #expect(obstacle.hanging == ["package workshop.pk", "package body workshop.pk"])
        #expect(obstacle.statement?.contains("SHOW CREATE PACKAGE BODY `workshop`.`pk`;") == true)
        try await world.server.client(script: "SET sql_mode = ORACLE; DROP PACKAGE workshop.pk;")
        #expect(try await world.suite.revoke(made) == .gone(sessionsEnded: 0))
    }

    @Test("What an account can do is told, and what gave it that")
    func effective() async throws {
        let world = try await World.shared()
        let made = try await world.lease()
        let engine = try #require(world.engine as? MariaDBEngine)
        func told() async throws -> [EffectivePrivilege] {
            try await #require(engine.effectivePrivileges(of: [made.order.lease]).first).get()
        }
        let before = try await told()
        #expect(before.count == 1 && before[0].from == .group)
        #expect(
            before[0].line.hasPrefix("SELECT, INSERT, ") && before[0].line.hasSuffix(" on schema `workshop`"))
        let account = "`\(made.order.role)`@localhost"
        try await world.server.execute("GRANT extra TO \(account)")
        try await world.server.execute("GRANT UPDATE (name) ON orders.secrets TO \(account)")
        let everybody = world.server.isMySQL ? "extra_for_all" : "PUBLIC"
        if world.server.isMySQL {
            try await world.server.client(
                script: "CREATE ROLE extra_for_all; SET GLOBAL mandatory_roles = 'extra_for_all'")
        }
        try await world.server.execute("GRANT SELECT ON orders_archive.* TO \(everybody)")
        let after = try await told()
        #expect(
            Set(after).subtracting(before) == [
                EffectivePrivilege(line: "DELETE on table `orders`.`customers`", from: .group),
                EffectivePrivilege(line: "UPDATE on column `orders`.`secrets`.`name`", from: .itself),
                EffectivePrivilege(line: "SELECT on schema `orders_archive`", from: .everybody),
            ])
        try await world.server.execute("REVOKE SELECT ON orders_archive.* FROM \(everybody)")
        if world.server.isMySQL { try await world.server.execute("SET GLOBAL mandatory_roles = ''") }
        #expect(try await world.suite.revoke(made) == .gone(sessionsEnded: 0))
        let answer = await engine.effectivePrivileges(of: [made.order.lease])
        #expect(throws: EngineFailure.self) { try #require(answer.first).get() }
    }
}
