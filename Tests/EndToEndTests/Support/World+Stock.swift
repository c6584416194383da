import Foundation
import MayflyTesting

/// A second database of the same daemon, on the other engine.
extension World {
    static let stockPassword = "stock-password-\(UInt32.random(in: 0 ... .max))"

    /// A MariaDB (or MySQL) with the guard, its profile `stock-write`, and rules.
    /// - Parameters:
    ///   - profile: further lines of the profile, of four blanks.
    ///   - access: rules that stand before those that are there, of two blanks.
    func addStock(options: [String], profile: String, access: String) async throws -> MariaDBServer {
        let stock = try await MariaDBServer.start(options: options)
        _ = try await stock.client(
            script: """
                CREATE DATABASE stock; CREATE TABLE stock.items (name varchar(20)); INSERT INTO stock.items VALUES ('lamp');
                CREATE ROLE stock_rw; GRANT SELECT, INSERT ON stock.items TO stock_rw;
                """)
        try Data(Self.stockPassword.utf8).write(to: URL(filePath: "\(directory)/stock.password"))
        try configure([
            (
                "profiles:\n",
                """
                  stock:
                    engine: \(stock.isMySQL ? "mysql" : "mariadb")
                    hosts: [ \(stock.socket) ]
                    port: \(stock.port)
                    database: stock
                    account_host: localhost
                    timeout: 5s
                    tls: { mode: disable }
                    account: { user: mayfly, host: localhost, password_file: \(directory)/stock.password }
                profiles:
                  stock-write:
                    database: stock
                    ttl: { default: 10m, max: 1h }
                    member_of: [ stock_rw ]
                \(profile)

                """
            ),
            ("access:\n", "access:\n\(access)\n"),
        ])
        chmod("\(directory)/stock.password", 0o600)
        let script = try await mayflyd(["guard", "print", "stock", "--config", configurationPath])
        try await stock.installGuard(script: script.output, password: Self.stockPassword)
        return stock
    }
}
