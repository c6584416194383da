import Foundation

@testable import mayflyd

/// A configuration that is right, in a directory of its own with its secret files, for tests to break.
final class SampleConfiguration {
    let directory: String
    var text: String

    init() throws {
        let template = NSTemporaryDirectory() + "mayfly-config-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(
            atPath: template, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
        directory = template
        text = Self.text.replacing("DIRECTORY", with: template)
        try write("hunter2hunter2", to: "orders.password", mode: 0o600)
        try write("hunter2hunter2", to: "open.password", mode: 0o644)
        try write("hunter2hunter2", to: "group.password", mode: 0o640)
        try write("", to: "empty.password", mode: 0o600)
        try write("-----BEGIN CERTIFICATE-----\n", to: "ca.pem", mode: 0o644)
        try write("nothing", to: "not-a-ca.pem", mode: 0o644)
        try write(String(repeating: "0f", count: 32) + "\n", to: "mfa.key", mode: 0o600)
    }

    deinit {
        do {
            try FileManager.default.removeItem(atPath: directory)
        } catch {
            // Left for the system's own cleaning of the temporary directory.
        }
    }

    func write(_ text: String, to name: String, mode: Int) throws {
        let path = directory + "/" + name
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    var environment: ConfigurationEnvironment {
        ConfigurationEnvironment(variables: ["ORDERS_PASSWORD": "hunter2hunter2"], uid: geteuid())
    }

    func parse() throws(ConfigurationErrors) -> ConfigurationFile {
        try ConfigurationFile.parse(text: text, path: "mayfly.yaml", environment: environment)
    }

    /// The lines that are reported.
    func complaints(environment: ConfigurationEnvironment? = nil) -> [String] {
        do {
            _ = try ConfigurationFile.parse(
                text: text, path: "mayfly.yaml", environment: environment ?? self.environment)
            return []
        } catch {
            return error.problems.map { $0.description.replacing(directory, with: "DIRECTORY") }
        }
    }

    static let text = """
        installation: { name: prod-eu, tag: eu1 }
        listen: { socket: /run/mayfly/mayfly.sock, group: mayfly, mode: "0660" }
        state: { path: /var/lib/mayfly/mayfly.db }
        administrators: [ "group:mayfly-admins" ]
        auditors: [ "group:dba" ]
        databases:
          orders:
            engine: postgresql
            hosts: [ db1.internal, db2.internal ]
            replicas: [ db3.internal ]
            client: { host: orders.db.internal, port: 6432 }
            port: 5433
            database: orders
            also: [ orders_archive ]
            tls: { mode: verify-full, ca: DIRECTORY/ca.pem }
            account: { user: mayfly, password_file: DIRECTORY/orders.password }
            connections: 3
            timeout: 5s
            ceilings: { max_ttl: 8h, max_live: 400, max_issues_per_minute: 500 }
        profiles:
          orders-read:
            database: orders
            description: Read orders and customers, for support and debugging
            ttl: { default: 30m, max: 8h }
            member_of: [ orders_readonly ]
            connection_limit: 5
            max_active: { per_person: 3, total: 200 }
            settings: { statement_timeout: 60s, default_transaction_read_only: "on" }
            scram_iterations: 8192
            reason: required
        access:
          - { name: developers read orders, who: [ "group:developers", "user:ci" ], profiles: [ orders-read ], max_ttl: 1h }

        """
}
