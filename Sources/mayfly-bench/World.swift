import Foundation
import MayflyCore
import MayflyCrypto
import SQLClients

/// What `Scripts/bench` has prepared: servers with the guard, and a configuration for the daemon.
struct World: Sendable {
    /// Holds `mayfly.yaml`, the broker's password, the daemon's socket and state.
    let directory: String
    /// Where `mayfly` and `mayflyd` are.
    let binaries: String
    /// Of PostgreSQL: the directory of its socket, where the superuser is trusted.
    let superuserSocket: String
    let port: Int
    /// Nil without MariaDB.
    let mariaDBPort: Int?

    var configurationPath: String { directory + "/mayfly.yaml" }
    var socket: String { directory + "/run/mayfly.sock" }
    var passwordPath: String { directory + "/broker.password" }

    static let tag = "bench"

    static func roleName(_ requester: String) throws -> RoleName {
        guard let tag = InstallationTag(rawValue: tag) else { throw BenchFailure("the tag is not one") }
        return RoleName(
            tag: tag, requester: requester, random: try SecureRandom.bytes(RoleName.randomLength))
    }

    func postgreSQL(iterations: Int) -> BarePostgreSQL {
        BarePostgreSQL(port: port, passwordPath: passwordPath, iterations: iterations)
    }

    var mariaDB: BareMariaDB? {
        mariaDBPort.map { BareMariaDB(port: $0, passwordPath: passwordPath) }
    }

    /// Lends a connection of the superuser, to the guard's database if to no other.
    func asDBA<Value>(
        of database: String = "mayfly", _ body: (PostgreSQLConnection) async throws -> Value
    ) async throws -> Value {
        let parameters = PostgreSQLParameters(
            hosts: [superuserSocket], port: port, database: database, user: "postgres", tls: .disable,
            applicationName: "mayfly-bench-dba")
        let connection = try await PostgreSQLConnection.connect(parameters, timeout: .seconds(600))
        do {
            let value = try await body(connection)
            await connection.close()
            return value
        } catch {
            await connection.close()
            throw error
        }
    }

    /// Thousands of roles that came and went leave dead rows, which the next measurement must not pay for.
    func tidy() async throws {
        try await asDBA { connection in
            let tables = [
                "pg_authid", "pg_auth_members", "pg_shdescription", "pg_shdepend", "mayfly.lease",
                "mayfly.issued",
            ]
            for table in tables { _ = try await connection.query("VACUUM ANALYZE \(table)") }
        }
    }

    /// The servers' own words.
    func versions() async throws -> [String] {
        var versions = [
            "PostgreSQL "
                + (try await asDBA { connection in
                    try await connection.query("SHOW server_version").only().string("server_version")
                })
        ]
        if let mariaDB { versions.append("MariaDB " + (try await mariaDB.version())) }
        return versions
    }
}
