package import SQLClients

extension MariaDBServer {
    /// Where an account of the host part `localhost` connects: the socket.
    package func parameters(as user: String, password: String?, database: String? = nil) -> MariaDBParameters
    {
        MariaDBParameters(
            hosts: [socket], port: port, database: database, user: user,
            password: password.map { AccountPassword(copying: $0.utf8) }, tls: .disable,
            applicationName: "mayfly-tests", requiresWritable: false)
    }

    package func connect(
        as user: String, password: String?, database: String? = nil
    ) async throws -> MariaDBConnection {
        try await MariaDBConnection.connect(
            parameters(as: user, password: password, database: database), timeout: .seconds(20))
    }

    /// One statement as `root`, on a connection of its own.
    @discardableResult
    package func execute(_ sql: String, _ values: [String?] = []) async throws -> MariaDBRows {
        let connection = try await connect(as: "root", password: nil)
        do {
            let rows = try await connection.query(sql, values)
            await connection.close()
            return rows
        } catch {
            await connection.close()
            throw error
        }
    }

    /// A script through the real client, as `root`: how a DBA installs the guard. Stops at the first error.
    ///
    /// - Parameter options: such as `--comments`, which keeps comments within a procedure.
    @discardableResult
    package func client(script: String, options: [String] = []) async throws -> String {
        try await TestCommand.run(
            ["mariadb", "--no-defaults", "--user=root", "--socket=\(socket)", "--batch"] + options,
            input: script)
    }

    /// Installs a rendered guard script, gives the broker's account a password and lets it in.
    ///
    /// - Parameter account: as SQL has it.
    package func installGuard(
        script: String, account: String = "`mayfly`@`localhost`", password: String = "Broker-Password-1"
    ) async throws {
        try await client(script: script)
        try await execute("ALTER USER \(account) IDENTIFIED BY '\(password)' ACCOUNT UNLOCK")
    }
}
