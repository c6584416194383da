import Foundation
import Glibc
import MayflyAPI
import MayflyClient
import MayflyStore
import MayflyTesting

/// What the tests of faults do to a world.
extension World {
    /// Changes the configuration's text.
    func configure(_ changes: [(String, String)]) throws {
        var text = try String(contentsOf: URL(filePath: configurationPath), encoding: .utf8)
        for (old, new) in changes {
            guard text.contains(old) else { throw WorldFailure("the configuration has no \(old)") }
            text = text.replacing(old, with: new)
        }
        try Data(text.utf8).write(to: URL(filePath: configurationPath))
        chmod(configurationPath, 0o600)
    }

    /// Keeps the state elsewhere.
    func keepState(at path: String) throws {
        try configure([("state: { path: \(statePath) }", "state: { path: \(path) }")])
    }

    /// From now on no file of the process may be written to beyond this size: the disk of the state answers each
    /// write with an error. -1 lifts it.
    func limitFiles(of program: Program, to size: Int) async throws {
        let limit = size < 0 ? "unlimited" : "\(size):unlimited"
        try await TestCommand.run(["prlimit", "--pid", "\(program.pid)", "--fsize=\(limit)"])
    }

    /// Asks for so many leases at once.
    /// - Returns: the replies of those that were given.
    func requests(_ count: Int, profile: String = "orders-read", ttl: Int? = nil) async throws
        -> [RequestReply]
    {
        let client = MayflyClient(socket: socket)
        let replies = await withTaskGroup(of: RequestReply?.self) { group in
            var replies: [RequestReply?] = []
            for index in 0..<count {
                // Fewer at a time than one person may.
                if index >= 50, let reply = await group.next() { replies.append(reply) }
                group.addTask {
                    // Those that fail are missing from what is returned: the test counts.
                    try? await client.request(CreateRequest(profile: profile, ttlSeconds: ttl))
                }
            }
            for await reply in group { replies.append(reply) }
            return replies.compactMap { $0 }
        }
        await client.shutdown()
        return replies
    }

    /// Another server with the guard, and a profile of it.
    func addDatabase(_ name: String) async throws -> PostgreSQLServer {
        let other = try await PostgreSQLServer.start()
        try await other.execute("CREATE DATABASE \(name)")
        try await other.execute("CREATE ROLE \(name)_readonly NOLOGIN")
        try configure([
            (
                "profiles:\n",
                """
                  \(name):
                    engine: postgresql
                    hosts: [ 127.0.0.1 ]
                    port: \(other.port)
                    database: \(name)
                    tls: { mode: disable }
                    account: { user: mayfly, password_file: \(directory)/orders.password }
                    timeout: 10s
                profiles:
                  \(name)-read:
                    database: \(name)
                    ttl: { default: 30m, max: 8h }
                    member_of: [ \(name)_readonly ]

                """
            ),
            ("profiles: [ orders-read, orders-ddl ]", "profiles: [ orders-read, orders-ddl, \(name)-read ]"),
        ])
        let script = try await mayflyd(["guard", "print", name, "--config", configurationPath])
        try await other.installGuard(script: script.output, password: Self.brokerPassword)
        return other
    }

    /// Makes the broker's account again, as a DBA would: with the section "rights" of each module.
    func restoreAccount() async throws {
        let script = try await mayflyd(["guard", "print", "orders", "--config", configurationPath]).output
        var database = ""
        var rights = "CREATE ROLE mayfly LOGIN;\n"
        var isWithin = false
        for line in script.split(separator: "\n") {
            if line.hasPrefix("\\connect ") { database = String(line) }
            if line.hasPrefix("DO $$   -- rights") {
                rights += database + "\n"
                isWithin = true
            }
            if isWithin { rights += line + "\n" }
            if line.hasPrefix("END $$;") { isWithin = false }
        }
        try await server.psql(script: rights)
        try await server.setPassword(Self.brokerPassword, of: "mayfly")
    }

    func brokenAuditRecord(of path: String) async throws -> Int64? {
        let store = try SQLiteStore(path: path)
        let broken = try await store.firstBrokenAuditRecord()
        await store.close()
        return broken
    }
}
