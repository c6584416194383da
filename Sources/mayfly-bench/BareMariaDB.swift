import Foundation
import MayflyCore
import MayflyCrypto
import SQLClients

/// MariaDB without us: the guard's procedures over libmariadb.
struct BareMariaDB: BareServer {
    let port: Int
    let passwordPath: String

    func connect() async throws -> any BareConnection {
        let password = try Data(contentsOf: URL(filePath: passwordPath))
        let parameters = MariaDBParameters(
            hosts: ["127.0.0.1"], port: port, user: "mayfly", password: AccountPassword(copying: password),
            tls: .disable, applicationName: "mayfly-bench")
        return Connection(
            connection: try await MariaDBConnection.connect(parameters, timeout: .seconds(60)))
    }

    func version() async throws -> String {
        guard let connection = try await connect() as? Connection else { return "" }
        let version = await connection.connection.server.versionText
        await connection.close()
        return version
    }

    private struct Connection: BareConnection {
        let connection: MariaDBConnection

        func issue(_ count: Int) async throws -> [LeaseID] {
            var leases: [LeaseID] = []
            var members: [String] = []
            for _ in 0..<count {
                let lease = LeaseID()
                leases.append(lease)
                let hash = try Password.random().withUTF8 { bytes in try MySQLNativeHash(password: bytes) }
                    .text
                members.append(
                    """
                    {"lease":"\(lease)","role":"\(try World.roleName("bare"))","plugin":"mysql_native_password",\
                    "verifier":"\(hash)","groups":["bench_readonly"],"ttl_seconds":3600,"connection_limit":10,\
                    "settings":{},"requester":"bare","reason":""}
                    """)
            }
            try await call("issue", members)
            return leases
        }

        func end(_ leases: [LeaseID]) async throws {
            let members = leases.map { #"{"lease":"\#($0)"}"# }
            for procedure in ["lock", "terminate", "drop"] { try await call(procedure, members) }
        }

        func close() async { await connection.close() }

        private func call(_ procedure: String, _ members: [String]) async throws {
            let batch = "[\(members.joined(separator: ","))]"
            let rows = try await connection.query("CALL mayfly.\(procedure)(?)", [batch])
            for row in rows where try row.string("code") != "00000" {
                throw BenchFailure("\(procedure): \(try row.string("code")) \(try row.string("message"))")
            }
            guard rows.count == members.count else { throw BenchFailure("\(procedure): \(rows.count) rows") }
        }
    }
}
