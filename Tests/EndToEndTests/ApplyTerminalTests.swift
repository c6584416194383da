import Foundation
import MayflyTesting
import Testing

/// `mayflyd apply` as a DBA runs it, at a terminal.
@Suite struct ApplyTerminalTests {
    private static func write(_ server: PostgreSQLServer) throws -> String {
        let directory = FileManager.default.temporaryDirectory.appending(
            path: "apply-\(UUID().uuidString.prefix(8))"
        ).path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        try """
        installation: { name: prod-eu, tag: eu1 }
        listen: { socket: \(directory)/s }
        state: { path: \(directory)/mayfly.db }
        administrators: [ "group:mayfly-admins" ]
        databases:
          orders:
            engine: postgresql
            hosts: [ 127.0.0.1 ]
            port: \(server.port)
            database: orders
            tls: { mode: disable }
            account: { user: mayfly, password_file: \(directory)/password }
        profiles:
          orders-read:
            database: orders
            ttl: { default: 30m, max: 8h }
            group: orders_support
            grants:
              - { schema: sales, tables: [ orders ], privileges: [ select ] }
        access:
          - { name: all, who: [ "group:developers" ], profiles: [ orders-read ] }
        """.write(toFile: directory + "/mayfly.yaml", atomically: true, encoding: .utf8)
        try "hunter2hunter2".write(toFile: directory + "/password", atomically: true, encoding: .utf8)
        chmod(directory + "/password", 0o600)
        chmod(directory + "/mayfly.yaml", 0o600)
        return directory
    }

    @Test("What is different from what was shown is not run: it is planned, and asked about, again")
    func changedMeanwhile() async throws {
        let server = try await PostgreSQLServer.start()
        try await server.psql(
            script: """
                CREATE DATABASE orders; CREATE ROLE orders_support;
                \\connect orders
                CREATE SCHEMA sales; CREATE TABLE sales.orders (id int); CREATE TABLE sales.secrets (id int);
                """)
        let directory = try Self.write(server)
        defer {
            do { try FileManager.default.removeItem(atPath: directory) } catch {
                // Left for the system's own cleaning of the temporary directory.
            }
        }
        let words = [
            try BuiltBinary.path("mayflyd"), "apply", "--as-dba", "--dba-host", server.socketDirectory,
            "orders",
            "--config", directory + "/mayfly.yaml",
        ]
        let terminal = try Terminal(words, environment: [:])
        defer { terminal.goAway() }
        try await terminal.shows("[y/N]")
        #expect(!terminal.screen.contains("secrets"))
        try await server.execute("GRANT SELECT ON sales.secrets TO orders_support", database: "orders")
        terminal.type("y\n")
        try await terminal.shows("nothing was run")
        let granted = "SELECT has_table_privilege('orders_support', 'sales.orders', 'SELECT') AS is_so"
        #expect(try await !server.execute(granted, database: "orders").only().bool("is_so"))

        let again = try Terminal(words, environment: [:])
        defer { again.goAway() }
        try await again.shows("[y/N]")
        #expect(again.screen.contains("REVOKE SELECT ON TABLE \"sales\".\"secrets\""))
        again.type("y\n")
        try await again.shows("all is in step")
        #expect(try await server.execute(granted, database: "orders").only().bool("is_so"))
    }
}
