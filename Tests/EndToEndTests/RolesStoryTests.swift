import Foundation
import MayflyAPI
import MayflyTesting
import SQLClients
import Testing

/// What a DBA asks the real daemon about a real server, after doing to its roles what DBAs do.
@Suite(.serialized) struct RolesStoryTests {
    static func roles(_ world: World, _ arguments: [String] = []) async throws -> ServerRoleList {
        let outcome = try await world.mayfly(["roles", "--json"] + arguments)
        guard outcome.status == 0 else { throw WorldFailure("no roles: \(outcome)") }
        return try MayflyJSON.decoder().decode(ServerRoleList.self, from: Data(outcome.output.utf8))
    }

    private func actions(_ world: World) async throws -> [String] {
        let outcome = try await world.mayfly(["audit", "--limit", "1000", "--json"])
        return try MayflyJSON.decoder().decode(AuditList.self, from: Data(outcome.output.utf8)).records.map(
            \.action)
    }

    @Test("Every state of a role is told beside its lease, in text, JSON and CSV, and who is behind it")
    func states() async throws {
        let world = try await World.make()
        let daemon = try await world.startDaemon()
        let leased = try await world.request(["orders-read", "--reason", "=cmd()|'x'!A1, \"quoted\""])
        let role = try #require(leased.credential).username
        let altered = try #require(try await world.request().credential).username
        let missing = try #require(try await world.request().lease).role
        let renamed = try #require(try await world.request().lease).role
        let session = try await world.server.connect(
            as: role, password: try #require(leased.credential).password, database: "orders")
        let pid = try await session.query("SELECT pg_backend_pid() AS pid").only().int("pid")
        try await world.server.psql(
            script: """
                ALTER ROLE \(altered) CONNECTION LIMIT 77; GRANT CONNECT ON DATABASE postgres TO \(altered);
                DROP OWNED BY \(missing); DROP ROLE \(missing);
                ALTER ROLE \(renamed) RENAME TO "mf_e2e_odd ""one""\";
                CREATE ROLE mf_e2e_lookalike LOGIN;
                CREATE ROLE mf_zz_bob_aaaaaaaaaaaaa;
                COMMENT ON ROLE mf_zz_bob_aaaaaaaaaaaaa IS
                'mayfly installation=elsewhere lease=9a7dff07-f9e0-4d24-a537-4fd655980511 until=2030-01-01T00:00:00Z requester=bob';
                """)
        let list = try await Self.roles(world, ["--database", "orders"])
        #expect(list.unavailable.isEmpty && list.safeMode.isEmpty)
        func found(_ name: String) -> ServerRole? { list.roles.first { $0.role == name } }
        let one = try #require(found(role))
        #expect(one.state == .leased && one.alterations.isEmpty && one.sessions == 1)
        #expect(one.requester == world.me && one.leaseId == leased.lease?.id && one.profile == "orders-read")
        #expect(one.groups == ["orders_readonly"] && (one.privileges ?? 0) > 0 && one.ownedObjects == 0)
        #expect(
            one.until == leased.lease?.expiresAt && one.comment?.contains("requester=\(world.me)") == true)
        let other = try #require(found(altered))
        #expect(
            other.state == .leased
                && other.alterations == ["its connection limit was changed", "has privileges of its own (1)"])
        // Unless the sweep, which comes each minute, was faster.
        let swept = try await world.leases().first { $0.role == missing }?.endReason == .roleMissing
        #expect(found(missing)?.state == .missing || (found(missing) == nil && swept))
        #expect(found("mf_e2e_lookalike")?.state == .foreign)
        #expect(found("mf_e2e_odd \"one\"")?.state == .foreign)
        #expect(found("mf_zz_bob_aaaaaaaaaaaaa") == nil)
        // Every one of the installation's roles in the catalogue is there.
        #expect(Set(try await world.roles()).isSubset(of: Set(list.roles.map(\.role))))

        let text = try await world.mayfly(["roles"])
        #expect(
            text.output.contains("leased + altered")
                && text.output.contains("its connection limit was changed"))
        let csv = try await world.mayfly(["roles", "--format", "csv"])
        let lines = csv.output.split(separator: "\n")
        #expect(lines.first?.hasPrefix("database,engine,role,state,alterations,lease_id") == true)
        #expect(lines.count == list.roles.count + 1)
        #expect(csv.output.contains(#""'=cmd()|'x'!A1, ""quoted""""#), "\(csv.output)")

        for name in [role, role + "@127.0.0.1"] {
            let who = try await world.mayfly(["who", name])
            #expect(who.status == 0 && who.output.contains(world.me) && who.output.contains("orders-read"))
        }
        let byPID = try await world.mayfly(["who", "\(pid)", "--database", "orders", "--json"])
        let bearer = try MayflyJSON.decoder().decode(RoleBearer.self, from: Data(byPID.output.utf8))
        #expect(bearer.source == "state" && bearer.role == role && bearer.lease?.id == leased.lease?.id)
        #expect(try await world.mayfly(["who", "\(pid)"]).status == ExitStatus.usage.rawValue)
        let elsewhere = try await world.mayfly(["who", "mf_zz_bob_aaaaaaaaaaaaa"])
        #expect(elsewhere.output.contains("elsewhere") && elsewhere.output.contains("proves nothing"))
        #expect(try await world.mayfly(["who", "postgres"]).status == ExitStatus.notFound.rawValue)
        await session.close()

        // The sweep finds the same, records it, and shows it.
        try await eventually("the sweep has found what was altered", within: .seconds(90)) {
            Set(try await actions(world)).isSuperset(of: ["role.altered", "role.stray"])
        }
        let status = try await world.mayfly(["status"])
        #expect(
            status.output.contains("\(altered)") && status.output.contains("its connection limit was changed")
        )
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
    }

    @Test(
        "A role that was made superuser behind our back is found, recorded and revoked, its session with it")
    func superuser() async throws {
        let world = try await World.make()
        let daemon = try await world.startDaemon()
        let reply = try await world.request()
        let credential = try #require(reply.credential)
        let session = try await world.server.connect(
            as: credential.username, password: credential.password, database: "orders")
        try await world.server.execute("ALTER ROLE \(credential.username) SUPERUSER")
        _ = try await session.query("SELECT * FROM salaries")
        try await eventually("it is revoked", within: .seconds(90)) {
            try await world.leases().first { $0.id == reply.lease?.id }?.state == .revoked
        }
        #expect(try await world.leases().first?.endReason == .altered)
        #expect(try await world.roles().isEmpty)
        await #expect(throws: (any Error).self) { try await session.query("SELECT 1") }
        await session.close()
        let log = try await world.mayfly(["audit", "--limit", "100"])
        #expect(log.output.contains("role.altered") && log.output.contains("is SUPERUSER"))
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
    }

    private static let stateFiles = ["mayfly.db", "mayfly.db-wal", "mayfly.db-shm"]

    /// What a backup of the stopped daemon's state takes.
    private static func copyState(of world: World, to backup: String) throws {
        let files = FileManager.default
        try files.createDirectory(atPath: backup, withIntermediateDirectories: false)
        for name in stateFiles where files.fileExists(atPath: "\(world.directory)/\(name)") {
            try files.copyItem(atPath: "\(world.directory)/\(name)", toPath: "\(backup)/\(name)")
        }
    }

    private static func copyState(from backup: String, of world: World) throws {
        let files = FileManager.default
        for name in stateFiles {
            if files.fileExists(atPath: "\(world.directory)/\(name)") {
                try files.removeItem(atPath: "\(world.directory)/\(name)")
            }
            guard files.fileExists(atPath: "\(backup)/\(name)") else { continue }
            try files.copyItem(atPath: "\(backup)/\(name)", toPath: "\(world.directory)/\(name)")
        }
    }

    @Test("A state restored from a backup cuts nobody off until an administrator has said so")
    func restored() async throws {
        let world = try await World.make()
        try world.configure([("timeout: 5s", "timeout: 5s\n    orphans: drop")])
        var daemon = try await world.startDaemon()
        let known = try #require(try await world.request().lease)
        try await world.stop(daemon)
        // The backup, and what happened since it was taken.
        let backup = world.directory + "/backup"
        try Self.copyState(of: world, to: backup)
        daemon = try await world.startDaemon()
        var sessions: [(id: String, role: String, connection: PostgreSQLConnection)] = []
        for _ in 0..<3 {
            let reply = try await world.request()
            let credential = try #require(reply.credential)
            sessions.append(
                (
                    try #require(reply.lease).id, credential.username,
                    try await world.server.connect(
                        as: credential.username, password: credential.password, database: "orders")
                ))
        }
        try await world.stop(daemon)
        try Self.copyState(from: backup, of: world)

        daemon = try await world.startDaemon()
        try await eventually("it is in safe mode") {
            try await world.mayfly(["status"]).output.contains("safe mode")
        }
        // What the state knows goes on as ever.
        #expect(try await world.mayfly(["request", "orders-read"]).status == 0)
        #expect(try await world.mayfly(["revoke", known.id]).status == 0)
        let list = try await Self.roles(world)
        #expect(list.safeMode == ["orders"])
        for session in sessions {
            let role = list.roles.first { $0.role == session.role }
            #expect(role?.state == .orphan && role?.sessions == 1 && role?.requester == world.me)
            #expect(role?.leaseId == session.id)
            let who = try await world.mayfly(["who", session.role])
            #expect(who.output.contains(world.me) && who.output.contains("guard's register"))
        }
        let metrics = try await TestCommand.run([
            "curl", "-s", "--unix-socket", world.socket, "http://localhost/v1/metrics",
        ])
        #expect(metrics.contains("mayfly_database_safe_mode{database=\"orders\"} 1"))
        #expect(metrics.contains("mayfly_orphan_roles{database=\"orders\"} 3"))

        // Without being asked it drops nothing, in a pipe neither.
        let dry = try await world.mayfly(["reap", "--database", "orders", "--dry-run", "--json"])
        let seen = try MayflyJSON.decoder().decode(ReapReply.self, from: Data(dry.output.utf8))
        #expect(Set(seen.roles.map(\.role.role)) == Set(sessions.map(\.role)) && seen.safeMode && seen.dryRun)
        #expect(try await world.mayfly(["reap", "--database", "orders"]).status == ExitStatus.usage.rawValue)
        #expect(
            try await world.mayfly(["reap", "--database", "orders", "--dry-run"], user: "daemon").status
                == ExitStatus.denied.rawValue)
        for session in sessions { _ = try await session.connection.query("SELECT count(*) FROM orders") }

        // One is kept, the others are dropped, and their sessions with them.
        let kept = sessions[0]
        let keep = try await world.mayfly([
            "reap", "--database", "orders", kept.role, "--keep", "--yes", "--reason", "a migration runs",
        ])
        #expect(keep.status == 0, "\(keep)")
        let drop = try await world.mayfly([
            "reap", "--database", "orders", sessions[1].role, sessions[2].role, "--yes", "--reason",
            "restored",
        ])
        #expect(drop.status == 0 && drop.output.contains("dropped"), "\(drop)")
        _ = try await kept.connection.query("SELECT count(*) FROM orders")
        for session in sessions.dropFirst() {
            await #expect(throws: (any Error).self) { try await session.connection.query("SELECT 1") }
        }
        let after = try await Self.roles(world)
        #expect(after.safeMode.isEmpty && after.roles.first { $0.role == kept.role }?.state == .kept)
        #expect(!after.roles.contains { $0.role == sessions[1].role || $0.role == sessions[2].role })

        // A restart asks nobody again.
        try await world.stop(daemon)
        daemon = try await world.startDaemon()
        _ = try await world.request()
        let status = try await world.mayfly(["status"])
        #expect(!status.output.contains("safe mode"), "\(status)")
        _ = try await kept.connection.query("SELECT count(*) FROM orders")
        for session in sessions { await session.connection.close() }
        let log = try await actions(world)
        for action in ["safe_mode.on", "role.kept", "role.reaping", "role.unknown_ended", "safe_mode.off"] {
            #expect(log.contains(action), "\(action)")
        }
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
    }

    @Test("The view that mayflyd prints is made with psql, and shows who is behind each role")
    func view() async throws {
        let world = try await World.make()
        let daemon = try await world.startDaemon()
        let role = try #require(try await world.request().lease).role
        let printed = try await world.mayflyd([
            "print-dba-sql", "orders", "--config", world.configurationPath,
        ])
        #expect(printed.status == 0)
        try await world.server.psql(script: printed.output, database: "orders")
        let row = try await world.server.execute(
            "SELECT requester, installation FROM mayfly_roles WHERE role = $1", [role], database: "orders"
        ).only()
        #expect(try row.string("requester") == world.me && row.string("installation") == "test")
        try await world.stop(daemon)
    }
}
