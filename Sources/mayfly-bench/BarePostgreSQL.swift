import Foundation
import MayflyCore
import MayflyCrypto
import SQLClients

/// PostgreSQL without us: the guard's functions over libpq.
struct BarePostgreSQL: BareServer {
    let port: Int
    let passwordPath: String
    let iterations: Int

    func connect() async throws -> any BareConnection {
        let password = try Data(contentsOf: URL(filePath: passwordPath))
        let parameters = PostgreSQLParameters(
            hosts: ["127.0.0.1"], port: port, database: "mayfly", user: "mayfly",
            password: AccountPassword(copying: password), tls: .disable, applicationName: "mayfly-bench")
        return Connection(
            connection: try await PostgreSQLConnection.connect(parameters, timeout: .seconds(60)),
            iterations: iterations)
    }

    private struct Connection: BareConnection {
        let connection: PostgreSQLConnection
        let iterations: Int

        func issue(_ count: Int) async throws -> [LeaseID] {
            var leases: [LeaseID] = []
            var members: [String] = []
            for _ in 0..<count {
                let lease = LeaseID()
                leases.append(lease)
                members.append(
                    """
                    {"lease":"\(lease)","role":"\(try World.roleName("bare"))","verifier":"\(try verifier())",\
                    "groups":["bench_readonly"],"ttl_seconds":3600,"connection_limit":10,"settings":{},\
                    "requester":"bare","reason":""}
                    """)
            }
            try await call("mayfly.issue", members)
            return leases
        }

        func end(_ leases: [LeaseID]) async throws {
            let members = leases.map { #"{"lease":"\#($0)"}"# }
            try await call("mayfly.lock", members)
            try await call("mayfly.terminate", members)
            try await call("mayfly.drop", members)
        }

        func close() async { await connection.close() }

        private func verifier() throws -> String {
            let password = try Password.random()
            let iterations = iterations
            return try password.withUTF8 { bytes in
                try SCRAMVerifier(password: bytes, iterations: iterations)
            }.text
        }

        private func call(_ function: String, _ members: [String]) async throws {
            let batch = "[\(members.joined(separator: ","))]"
            let rows = try await connection.query("SELECT * FROM \(function)($1::jsonb)", [batch])
            for row in rows where try row.string("sqlstate") != "00000" {
                throw BenchFailure("\(function): \(try row.string("sqlstate")) \(try row.string("message"))")
            }
            guard rows.count == members.count else { throw BenchFailure("\(function): \(rows.count) rows") }
        }
    }
}
