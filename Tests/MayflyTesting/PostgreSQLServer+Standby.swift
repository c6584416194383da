import SQLClients

extension PostgreSQLServer {
    /// A hot standby that streams from this server, already up to what this server has now.
    ///
    /// - Parameter address: of this host (127.0.0.2, …), where it takes this server's own port, so that one port serves
    ///   for both in a configuration; nil for 127.0.0.1 and a port of its own.
    package func makeStandby(at address: String? = nil) async throws -> PostgreSQLServer {
        let standby = try Self.make(binaries, port: address == nil ? nil : port)
        try await TestCommand.run(
            binaries.command(
                "pg_basebackup",
                [
                    "-h", socketDirectory, "-p", "\(port)", "-U", "postgres", "-D", standby.dataDirectory,
                    "-R", "-X", "stream", "-c", "fast", "--no-sync",
                ]))
        guard let address else {
            try await standby.launchOnFreePort()
            return standby
        }
        try Self.append(["listen_addresses = '\(address)'"], to: "\(standby.dataDirectory)/postgresql.conf")
        try await standby.launch()
        return standby
    }

    /// Waits until a standby has replayed all that this server has written.
    package func waitForReplay(on standby: PostgreSQLServer) async throws {
        let position = try await execute("SELECT pg_current_wal_lsn()::text AS lsn").only().string("lsn")
        let sql = "SELECT coalesce(pg_last_wal_replay_lsn() >= $1::pg_lsn, true) AS done"
        try await eventually("replay on the standby") {
            try await standby.execute(sql, [position]).only().bool("done")
        }
    }
}
