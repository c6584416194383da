import Foundation
import MayflyAPI
import MayflyTesting
import SQLClients
import Testing

/// `mayfly request --tables … --columns …` from the command line to the server and back.
struct NarrowingStoryTests {
    @Test("A narrowed lease gives those tables and columns, is shown as such, and leaves nothing behind")
    func story() async throws {
        let world = try await World.make()
        try await world.server.psql(
            script: """
                CREATE TABLE items (id int, price int); INSERT INTO items VALUES (1, 2);
                GRANT SELECT ON items TO orders_readonly;
                """, database: "orders")
        let script = try await world.mayflyd(
            ["guard", "print", "orders", "--narrowing", "--config", world.configurationPath])
        try await world.server.psql(script: script.output, database: "orders")
        let daemon = try await world.startDaemon()

        let reply = try await world.request([
            "orders-read", "--tables", "orders", "--columns", "items.id", "--reason", "INC-1", "--key", "k",
        ])
        let lease = try #require(reply.lease)
        let credential = try #require(reply.credential)
        #expect(lease.tables == ["orders"] && lease.columns == ["items.id"])
        let group = try #require(lease.narrowedGroup)
        let session = try await world.server.connect(
            as: credential.username, password: credential.password, database: "orders")
        #expect(try await session.query("SELECT * FROM orders").count == 2)
        #expect(try await session.query("SELECT id FROM items").count == 1)
        for statement in ["SELECT price FROM items", "SELECT * FROM salaries", "SET ROLE orders_readonly"] {
            await #expect(throws: PostgreSQLError.self) { _ = try await session.query(statement) }
        }
        await session.close()

        let shown = try await world.mayfly(["lease", lease.id])
        #expect(shown.output.contains("orders, items.id") && shown.output.contains(group))
        let audit = try await world.mayfly(["audit", "--format", "json"])
        #expect(audit.output.contains("items (id), orders"))
        #expect(try await world.mayfly(["renew", lease.id, "--ttl", "45m"]).status == 0)

        let beyond = try await world.mayfly(["request", "orders-read", "--tables", "salaries", "--show"])
        #expect(beyond.status == 77 && beyond.errors.contains("salaries"), "\(beyond)")
        let odd = try await world.mayfly(["request", "orders-read", "--tables", "a.b.c.d", "--show"])
        #expect(odd.status == 64 && odd.errors.contains("SCHEMA.TABLE"), "\(odd)")
        let explained = try await world.mayfly(["explain", "orders-read", "--tables", "orders"])
        #expect(explained.output.contains("only"))
        let exec = try await world.mayfly([
            "exec", "orders-read", "--tables", "items", "--", "psql", "-X", "-At", "-c",
            "SELECT price FROM items",
        ])
        #expect(exec.output.contains("2"), "\(exec)")

        let can = try await world.mayfly(["lease", lease.id, "--privileges"])
        #expect(
            can.output.contains("SELECT on table public.orders")
                && can.output.contains("SELECT on column public.items.id")
                && !can.output.contains("items.price") && can.output.contains("(everybody)"), "\(can)")
        let dry = try await world.mayfly(["request", "orders-read", "--tables", "items", "--dry-run"])
        #expect(
            dry.output.contains("PASSWORD '‹verifier›'")
                && dry.output.contains("SELECT on table public.items"),
            "\(dry)")
        let whole = try await world.request(["orders-read", "--reason", "INC-2"])
        let wholeLease = try #require(whole.lease)
        try await eventually("what the profile's group gives is on record") {
            let outcome = try await world.mayfly(["audit", "--format", "json"])
            return outcome.output.contains("privileges.read") && outcome.output.contains("orders_readonly")
        }
        let json = try await world.mayfly(["lease", wholeLease.id, "--privileges", "--json"])
        let read = try MayflyJSON.decoder().decode(LeasePrivileges.self, from: Data(json.output.utf8))
        #expect(read.memberOf == ["orders_readonly"] && read.readings.count == 1)
        #expect(read.readings.first?.entries.contains { $0.name == "public.items" } == true)

        #expect(try await world.mayfly(["revoke", lease.id]).status == 0)
        try await world.expectSettled()
        try await world.stop(daemon)
        // What nobody used for ten minutes goes when the daemon looks again, which it does at its start.
        try await world.server.execute(
            "UPDATE mayfly_narrowing.narrowed SET asked_at = asked_at - interval '11 minutes'",
            database: "orders")
        let again = try await world.startDaemon()
        try await eventually("narrowed groups are gone") {
            try await world.server.execute("SELECT FROM pg_roles WHERE rolname LIKE 'mfn\\_%'").isEmpty
        }
        try await world.stop(again)
    }
}
