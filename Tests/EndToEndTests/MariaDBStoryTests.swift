import Foundation
import Glibc
import MayflyAPI
import MayflyClient
import MayflyCore
import MayflyTesting
import SQLClients
import Testing

/// From request to gone on MariaDB, with the real binaries, and what happens when one of them dies.
@Suite(.serialized)
struct MariaDBStoryTests {
    @Test("A credential works within its scope, and at expiry the session is cut and the account gone")
    func expiry() async throws {
        let world = try await MariaDBWorld.make()
        let daemon = try await world.startDaemon()
        let reply = try await world.request([
            "stock-read", "--ttl", "10s", "--reason", "it's \\\"urgent\\\" -- \\\\",
        ])
        let credential = try #require(reply.credential)
        #expect(credential.username.hasPrefix("mf_e2e_") && credential.username.utf8.count <= 32)
        let session = try await world.server.connect(
            as: credential.username, password: credential.password, database: credential.database)
        #expect(try await session.query("SELECT name FROM items").only().string("name") == "lamp")
        await #expect(throws: MariaDBError.self) { try await session.query("SELECT * FROM staff.salaries") }
        let narrowed = try await world.mayfly(["request", "stock-read", "--tables", "items", "--show"])
        // No DBA said that it may be narrowed.
        let grant =
            world.server.isMySQL
            ? "GRANT ROLE_ADMIN ON *.* TO mayfly_guard@localhost;"
            : "GRANT SELECT ON `stock`.`items` TO mayfly_guard@localhost WITH GRANT OPTION;"
        #expect(narrowed.status == 70 && narrowed.errors.contains(grant), "\(narrowed)")
        try await eventually("the session is cut") {
            do {
                _ = try await session.query("SELECT 1")
                return false
            } catch { return true }
        }
        // A second after the expiry, on a machine that does nothing else.
        #expect(Date().timeIntervalSince(try #require(reply.lease).expiresAt) < 15)
        await session.close()
        try await eventually("the account is gone") { try await world.accounts().isEmpty }
        try await world.expectSettled()
        #expect(try await world.leases().contains { $0.endReason == .expired })
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
    }

    @Test("A narrowed lease gives those tables and columns, is shown as such, and leaves nothing behind")
    func narrowing() async throws {
        let world = try await MariaDBWorld.make()
        let isMySQL = world.server.isMySQL
        try await world.server.client(
            script: """
                CREATE TABLE stock.prices (item INT, price INT); INSERT INTO stock.prices VALUES (1, 2);
                GRANT SELECT ON stock.* TO mayfly_guard@localhost WITH GRANT OPTION;
                """ + (isMySQL ? "GRANT ROLE_ADMIN ON *.* TO mayfly_guard@localhost;" : ""))
        let daemon = try await world.startDaemon()
        let reply = try await world.request([
            "stock-read", "--tables", "items", "--columns", "stock.prices.item", "--reason", "INC-1",
        ])
        let lease = try #require(reply.lease)
        let credential = try #require(reply.credential)
        let group = try #require(lease.narrowedGroup)
        #expect(lease.tables == ["items"] && lease.columns == ["stock.prices.item"])
        let session = try await world.server.connect(
            as: credential.username, password: credential.password, database: credential.database)
        _ = try await session.query("SELECT * FROM items")
        #expect(try await session.query("SELECT item FROM prices").only().int("item") == 1)
        for statement in [
            "SELECT price FROM prices", "SELECT * FROM staff.salaries", "INSERT INTO items VALUES (NULL)",
            "CREATE TABLE stock.own (a INT)",
        ] {
            await #expect(throws: MariaDBError.self, "\(statement)") {
                _ = try await session.query(statement)
            }
        }
        await session.close()

        let shown = try await world.mayfly(["lease", lease.id])
        #expect(shown.output.contains("items, stock.prices.item") && shown.output.contains(group), "\(shown)")
        let can = try await world.mayfly(["lease", lease.id, "--privileges"])
        #expect(
            can.output.contains("SELECT on table `stock`.`items`")
                && can.output.contains("SELECT on column `stock`.`prices`.`item`")
                && !can.output.contains("`price`"), "\(can)")
        let dry = try await world.mayfly(["request", "stock-read", "--tables", "prices", "--dry-run"])
        #expect(dry.output.contains("GRANT SELECT ON `stock`.`prices` TO `mfn_e2e_"), "\(dry)")
        let beyond = try await world.mayfly(["request", "stock-read", "--tables", "staff.salaries", "--show"])
        #expect(beyond.status == 77 && beyond.errors.contains("salaries"), "\(beyond)")

        #expect(try await world.mayfly(["revoke", lease.id]).status == 0)
        try await world.expectSettled()
        try await world.stop(daemon)
        // What nobody used for ten minutes goes when the daemon looks again, which it does at its start.
        try await world.server.execute("UPDATE mayfly.narrowed SET asked_at = asked_at - INTERVAL 11 MINUTE")
        let again = try await world.startDaemon()
        try await eventually("narrowed groups are gone") {
            try await world.server.execute("SELECT User FROM mysql.user WHERE User LIKE 'mfn%'").isEmpty
        }
        try await world.stop(again)
    }

    @Test(
        "What would be run and what it gives is shown before, and what a lease really can do while it lives"
    )
    func privileges() async throws {
        let world = try await MariaDBWorld.make()
        let daemon = try await world.startDaemon()
        let dry = try await world.mayfly(["request", "stock-read", "--dry-run"])
        #expect(dry.output.contains("CREATE USER `mf_e2e_"), "\(dry)")
        #expect(
            dry.output.contains("'‹verifier›'") && dry.output.contains("SELECT on schema `stock`"), "\(dry)")
        #expect(try await world.accounts().isEmpty)
        let lease = try #require(await world.request().lease)
        let can = try await world.mayfly(["lease", lease.id, "--privileges"])
        #expect(can.status == 0 && can.output.contains("SELECT on schema `stock`"), "\(can)")
        let everybody = world.server.isMySQL ? "everybody" : "PUBLIC"
        if world.server.isMySQL {
            try await world.server.client(
                script: "CREATE ROLE everybody; SET GLOBAL mandatory_roles = 'everybody';")
        }
        try await world.server.execute("GRANT SELECT ON staff.* TO \(everybody)")
        // Read again for the dry run.
        let after = try await world.mayfly(["request", "stock-read", "--dry-run", "--json"])
        #expect(after.output.contains("staff") && after.output.contains("everybody"), "\(after)")
        #expect(try await world.mayfly(["revoke", lease.id]).status == 0)
        try await world.expectSettled()
        try await world.stop(daemon)
    }

    @Test(
        "A group role that somebody gave more is told of, nothing is issued from it, and what is printed mends it"
    )
    func drift() async throws {
        let world = try await MariaDBWorld.make(
            access: """
                  stock-scoped:
                    database: stock
                    ttl: { default: 10m, max: 1h }
                    group: stock_scoped
                    on_drift: stop
                    grants: [ { schema: stock, tables: [ items ], privileges: [ select ] } ]
                access:
                  - { name: scoped, who: [ "user:\(NSUserName())" ], profiles: [ stock-scoped ], max_ttl: 1h }
                """)
        let config = ["--config", "\(world.directory)/mayfly.yaml"]
        // The guard's script made the role, and nothing is in it yet.
        let applied = try await Program.run(
            "mayflyd",
            ["apply", "--as-dba", "stock", "--yes", "--dba-host", world.server.socket] + config)
        #expect(applied.status == 0 && applied.output.contains("all is in step"), "\(applied)")
        try await world.server.execute("GRANT SELECT ON staff.salaries TO stock_scoped")

        let daemon = try await world.startDaemon()
        try await eventually("the drift is in status") {
            try await world.mayfly(["status"]).output.contains(
                "REVOKE SELECT ON `staff`.`salaries` FROM `stock_scoped`")
        }
        let refused = try await world.mayfly(["request", "stock-scoped", "--show"])
        #expect(refused.status != 0 && refused.errors.contains("not as its grants say"), "\(refused)")
        #expect(try await world.accounts().isEmpty)
        try await world.stop(daemon)

        let plan = try await Program.run("mayflyd", ["plan", "stock"] + config)
        try await world.server.client(script: plan.output)
        let again = try await world.startDaemon()
        try await eventually("it is in step") {
            try await world.mayfly(["audit", "--format", "json"]).output.contains("scope.in_step")
        }
        let credential = try #require(await world.request(["stock-scoped"]).credential)
        let session = try await world.server.connect(
            as: credential.username, password: credential.password, database: "stock")
        #expect(try await session.query("SELECT name FROM items").only().string("name") == "lamp")
        await #expect(throws: MariaDBError.self) { try await session.query("SELECT * FROM staff.salaries") }
        await session.close()
        #expect(try await world.mayfly(["revoke", "--all", "--yes"]).status == 0)
        try await world.expectSettled()
        try await world.stop(again)
    }

    @Test("A job that is killed with SIGKILL leaves no account behind, a second later")
    func killedJob() async throws {
        let world = try await MariaDBWorld.make()
        let daemon = try await world.startDaemon()
        let job = try Program(
            "mayfly", ["exec", "stock-read", "--", "sleep", "60"],
            environment: ["MAYFLY_SOCKET": world.socket, "MAYFLY_RUNTIME_DIR": world.directory])
        try await eventually("the job has its account") { try await world.accounts().count == 1 }
        try await eventually("the lease is tethered") { try await world.leases().first?.tethered == true }
        job.signal(SIGKILL)
        try await eventually("the account is gone") {
            try await world.accounts().isEmpty
        }
        try await eventually("it is on record") { try await world.leases().first?.endReason == .tetherLost }
        try await world.stop(daemon)
    }

    @Test(
        "Killed while it issues, the daemon leaves nothing half done",
        arguments: [Failpoint.intentRecorded, .roleMade, .leaseActive])
    func killedIssuing(failpoint: Failpoint) async throws {
        let world = try await MariaDBWorld.make()
        let killed = try await world.startDaemon(failpoint: failpoint.rawValue)
        let outcome = try await world.mayfly([
            "request", "stock-read", "--format", "json", "--timeout", "3s",
        ])
        #expect(outcome.status != 0)
        #expect(try await killed.outcome().status == -SIGKILL)

        let daemon = try await world.startDaemon()
        try await world.expectSettled()
        let states = try await world.leases().map(\.state)
        #expect(!states.isEmpty)
        if failpoint != .leaseActive { #expect(states.allSatisfy { $0 == .failed }) }
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
    }

    @Test(
        "Killed between any two steps of a revocation, the daemon finishes it after a restart",
        arguments: [Failpoint.revocationRecorded, .roleLocked, .sessionsEnded, .roleCleaned, .roleDropped])
    func killedRevoking(failpoint: Failpoint) async throws {
        let world = try await MariaDBWorld.make()
        let killed = try await world.startDaemon(failpoint: failpoint.rawValue)
        let reply = try await world.request()
        let credential = try #require(reply.credential)
        let session = try await world.server.connect(as: credential.username, password: credential.password)
        let lease = try #require(reply.lease).id
        let outcome = try await world.mayfly(["revoke", lease, "--timeout", "3s"])
        #expect(outcome.status != 0)
        #expect(try await killed.outcome().status == -SIGKILL)

        let daemon = try await world.startDaemon()
        try await world.expectSettled()
        #expect(try await world.accounts().isEmpty)
        #expect(try await world.leases().map(\.state) == [.revoked])
        await #expect(throws: MariaDBError.self) { try await session.query("SELECT 1") }
        await session.close()
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
    }

    @Test(
        "The server crashes while requests come in: each gets an account or a clear error, and then all agree"
    )
    func serverCrash() async throws {
        let world = try await MariaDBWorld.make()
        let daemon = try await world.startDaemon()
        let client = MayflyClient(socket: world.socket)
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<40 {
                group.addTask {
                    // Which of them fail does not matter; that server and state agree afterwards does.
                    _ = try? await client.request(
                        CreateRequest(profile: "stock-read", reason: "crash \(index)"))
                }
            }
            group.addTask {
                do { try await world.server.restart(crashing: true) } catch { Issue.record(error) }
            }
        }
        await client.shutdown()
        try await world.expectSettled(within: .seconds(90))
        #expect(try await world.mayfly(["request", "stock-read", "--format", "json"]).status == 0)
        #expect(try await world.mayfly(["revoke", "--all", "--yes"]).status == 0)
        try await world.expectSettled()
        #expect(try await world.accounts().isEmpty)
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
    }
}
