import MayflyCore
import MayflyDatabases
import MayflyTesting
import SQLClients
import Testing

/// What a PostgreSQL server says of roles that somebody did something to.
@Suite struct PostgreSQLStandingTests {
    private func standing(_ role: RoleName, _ engine: any DatabaseEngine, withOwned: Bool = false)
        async throws
        -> RoleStanding
    {
        try #require(try await engine.roles(withOwned: withOwned).first { $0.role == role.rawValue })
    }

    @Test(
        "What a DBA did to a role is found, and whether it gives a power that no lease may have",
        arguments: [
            ("ALTER ROLE %@ SUPERUSER", ["superuser", "powers"]),
            ("ALTER ROLE %@ CREATEROLE", ["createrole", "powers"]),
            ("ALTER ROLE %@ CREATEDB", ["createdb", "powers"]),
            ("ALTER ROLE %@ REPLICATION", ["replication", "powers"]),
            ("ALTER ROLE %@ BYPASSRLS", ["bypassrls", "powers"]),
            ("ALTER ROLE %@ NOLOGIN", ["nologin"]),
            ("ALTER ROLE %@ VALID UNTIL 'infinity'", ["valid_until"]),
            ("ALTER ROLE %@ CONNECTION LIMIT -1", ["connection_limit"]),
            ("ALTER ROLE %@ PASSWORD 'mine'", ["password"]),
            ("ALTER ROLE %@ SET work_mem = '1GB'", ["settings"]),
            ("GRANT pg_read_server_files TO %@", ["member_of pg_read_server_files", "powers"]),
            (#"CREATE ROLE "odd ""one"" é"; GRANT "odd ""one"" é" TO %@"#, [#"member_of odd "one" é"#]),
            ("REVOKE orders_readonly FROM %@", ["lacks orders_readonly"]),
            (
                "GRANT orders_readonly TO %@ WITH ADMIN OPTION",
                ["admin_of orders_readonly", "powers"]
            ),
            ("CREATE ROLE friend_of_%@; GRANT %@ TO friend_of_%@", ["granted_to friend_of_%@"]),
            ("GRANT CONNECT ON DATABASE orders_archive TO %@", ["privileges 1"]),
        ])
    func altered(script: String, words: [String]) async throws {
        let environment = try await PostgreSQLEnvironment.shared()
        let suite = DatabaseEngineConformance(environment)
        let made = try suite.order()
        let role = made.order.role
        try await suite.issue(made)
        #expect(try await standing(role, environment.engine).alterations.isEmpty)
        try await environment.server.psql(script: script.replacing("%@", with: role.rawValue))
        let found = try await standing(role, environment.engine)
        #expect(found.standing == .live)
        #expect(found.alterations == words.map { RoleAlteration($0.replacing("%@", with: role.rawValue)) })
        #expect(found.isPowerful == words.contains("powers"))
        // Whatever was done to it, it can be ended.
        guard case .gone(sessionsEnded: 0, _) = try await suite.revoke(made) else {
            Issue.record("not ended")
            return
        }
        #expect(try await !environment.roleExists(role.rawValue))
    }

    @Test("What the guard itself takes from a role that it locks is no alteration")
    func locked() async throws {
        let environment = try await PostgreSQLEnvironment.shared()
        let suite = DatabaseEngineConformance(environment)
        let made = try suite.order()
        try await suite.issue(made)
        let table = try await environment.leaveObject(of: made.order.role)
        guard case .locked = try await suite.revoke(made) else {
            Issue.record("not locked")
            return
        }
        let found = try await standing(made.order.role, environment.engine, withOwned: true)
        #expect(found.alterations.isEmpty && !found.canLogIn)
        // One page, and nothing else: the size is what the server says.
        #expect(found.owned == .init(objects: 1, bytes: 8192))
        try await environment.takeOver(table, of: made.order.role)
        _ = try await suite.revoke(made)
        try await environment.remove(table)
    }

    @Test(
        "A group that gets a power after its roles were made is told of each role in it, and of no other",
        arguments: [
            ("ALTER ROLE orders_readonly CREATEROLE", "ALTER ROLE orders_readonly NOCREATEROLE"),
            (
                "GRANT pg_read_server_files TO orders_readonly",
                "REVOKE pg_read_server_files FROM orders_readonly"
            ),
        ])
    func powerfulGroup(script: String, undoing: String) async throws {
        let environment = try await PostgreSQLEnvironment.make()
        let suite = DatabaseEngineConformance(environment)
        let (inside, outside) = (try suite.order(), try suite.order())
        for made in [inside, outside] { try await suite.issue(made) }
        try await environment.server.psql(
            script: "\(script); REVOKE orders_readonly FROM \(outside.order.role)")
        let found = try await standing(inside.order.role, environment.engine)
        #expect(found.alterations == [RoleAlteration("group_powers orders_readonly")])
        #expect(found.hasPowerfulGroup && !found.isPowerful)
        #expect(
            try await standing(outside.order.role, environment.engine).alterations
                == [RoleAlteration("lacks orders_readonly")])
        try await environment.server.psql(script: undoing)
        #expect(try await standing(inside.order.role, environment.engine).alterations.isEmpty)
        for made in [inside, outside] { #expect(try await suite.revoke(made) == .gone(sessionsEnded: 0)) }
        await environment.engine.close()
    }

    @Test("Sessions are counted, a table that somebody holds is not waited for, and a comment is read")
    func details() async throws {
        let environment = try await PostgreSQLEnvironment.shared()
        let suite = DatabaseEngineConformance(environment)
        let made = try suite.order()
        let role = made.order.role
        try await suite.issue(made)
        #expect(try await standing(role, environment.engine).isUsed == false)
        let session = try await environment.server.connect(
            as: role.rawValue, password: made.password, database: "orders")
        let pid = try await session.query("SELECT pg_backend_pid() AS pid").only().int("pid")
        let table = try await environment.leaveObject(of: role)
        _ = try await session.query("BEGIN")
        _ = try await session.query("LOCK TABLE \(table) IN ACCESS EXCLUSIVE MODE")
        let found = try await standing(role, environment.engine, withOwned: true)
        #expect(found.sessions == 1 && found.isUsed == true && found.groups == ["orders_readonly"])
        #expect(found.owned == .init(objects: 1, bytes: nil))
        #expect(found.comment.flatMap(RoleComment.init)?.lease == made.order.lease)

        let byName = try #require(try await environment.engine.find(.role(role.rawValue)))
        #expect(byName.standing?.lease == made.order.lease && byName.comment?.requester == "alice")
        let byPID = try #require(try await environment.engine.find(.session(pid)))
        #expect(byPID.role == role.rawValue)
        // MariaDB's and MySQL's connections have numbers beyond those of PostgreSQL's processes.
        #expect(try await environment.engine.find(.session(Int(Int32.max) + 1)) == nil)
        await session.close()
        try await environment.takeOver(table, of: role)
        #expect(try await suite.revoke(made) == .gone(sessionsEnded: 0))
        try await environment.remove(table)
    }

    @Test("Of another installation's role its comment is told, and of anybody else's nothing")
    func others() async throws {
        let environment = try await PostgreSQLEnvironment.shared()
        try await environment.server.psql(
            script: """
                CREATE ROLE mf_zz_bob_aaaaaaaaaaaaa LOGIN; CREATE ROLE accountant LOGIN;
                COMMENT ON ROLE mf_zz_bob_aaaaaaaaaaaaa IS
                'mayfly installation=elsewhere lease=9a7dff07-f9e0-4d24-a537-4fd655980511 until=2026-11-30T16:35:39Z requester=bob';
                COMMENT ON ROLE accountant IS 'of the third floor';
                """)
        let other = try #require(try await environment.engine.find(.role("mf_zz_bob_aaaaaaaaaaaaa")))
        #expect(other.comment?.installation == "elsewhere" && other.comment?.requester == "bob")
        #expect(other.standing == nil)
        for name in [
            "accountant", "postgres", "mayfly", "nobody of that name", "'; DROP ROLE accountant; --",
        ] {
            #expect(try await environment.engine.find(.role(name)) == nil)
        }
        #expect(try await environment.engine.find(.session(1)) == nil)
        let session = try await environment.server.superuser()
        let pid = try await session.query("SELECT pg_backend_pid() AS pid").only().int("pid")
        #expect(try await environment.engine.find(.session(pid)) == nil)
        await session.close()
    }

    @Test("A guard of before is asked what it can tell")
    func older() async throws {
        let environment = try await PostgreSQLEnvironment.make()
        let suite = DatabaseEngineConformance(environment)
        let made = try suite.order()
        try await suite.issue(made)
        try await environment.server.psql(
            script: "DROP FUNCTION mayfly.inspect(boolean); UPDATE mayfly.guard SET guard_version = 1",
            database: "mayfly")
        #expect(await environment.engine.health().failure == nil)
        #expect(try await standing(made.order.role, environment.engine).alterations.isEmpty)
        try await environment.server.execute("ALTER ROLE \(made.order.role) SET work_mem = '1GB'")
        let found = try await standing(made.order.role, environment.engine)
        #expect(found.alterations == [RoleAlteration(.passwordOrSettings)] && found.sessions == nil)
        #expect(try await suite.revoke(made) == .gone(sessionsEnded: 0))
        await environment.engine.close()
    }
}
