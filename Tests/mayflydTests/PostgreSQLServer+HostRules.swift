import Foundation
import MayflyTesting

extension PostgreSQLServer {
    /// Rejects TCP logins to a database of everybody but one account.
    func refuseLogins(to database: String, but account: String) async throws {
        let path = "\(dataDirectory)/pg_hba.conf"
        let rules = try String(contentsOfFile: path, encoding: .utf8)
        let handle = try FileHandle(forWritingTo: URL(filePath: path))
        try handle.truncate(atOffset: 0)
        let new = """
            host \(database) \(account) 127.0.0.1/32 scram-sha-256
            host \(database) all 127.0.0.1/32 reject
            \(rules)
            """
        try handle.write(contentsOf: Data(new.utf8))
        try handle.close()
        try await reload()
    }
}
