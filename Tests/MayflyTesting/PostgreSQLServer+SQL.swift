package import SQLClients

extension PostgreSQLServer {
    /// Where a login role connects: loopback TCP, with SCRAM.
    package func parameters(
        as user: String, password: String?, database: String, settings: [String: String] = [:]
    ) -> PostgreSQLParameters {
        PostgreSQLParameters(
            hosts: ["127.0.0.1"], port: port, database: database, user: user,
            password: password.map { AccountPassword(copying: $0.utf8) }, tls: .disable,
            applicationName: "mayfly-tests", requiresWritable: false, settings: settings)
    }

    package func connect(
        as user: String, password: String?, database: String, settings: [String: String] = [:]
    ) async throws -> PostgreSQLConnection {
        try await PostgreSQLConnection.connect(
            parameters(as: user, password: password, database: database, settings: settings),
            timeout: .seconds(20))
    }

    /// A connection of the superuser, through the private socket.
    package func superuser(database: String = "postgres") async throws -> PostgreSQLConnection {
        let parameters = PostgreSQLParameters(
            hosts: [socketDirectory], port: port, database: database, user: "postgres", tls: .disable,
            applicationName: "mayfly-tests", requiresWritable: false)
        return try await PostgreSQLConnection.connect(parameters, timeout: .seconds(20))
    }

    /// One statement as the superuser, on a connection of its own.
    @discardableResult
    package func execute(
        _ sql: String, _ values: [String?] = [], database: String = "postgres"
    ) async throws -> PostgreSQLRows {
        let connection = try await superuser(database: database)
        let rows = try await connection.query(sql, values)
        await connection.close()
        return rows
    }

    /// A script through the real psql, as the superuser: how a DBA installs the guard. Stops at the first error.
    ///
    /// - Parameter account: another than the superuser, over TCP and with its password.
    @discardableResult
    package func psql(
        script: String, database: String = "postgres", as account: (user: String, password: String)? = nil
    ) async throws -> String {
        let command = binaries.command(
            "psql",
            [
                "-X", "-q", "-h", account == nil ? socketDirectory : "127.0.0.1", "-p", "\(port)",
                "-U", account?.user ?? "postgres", "-d", database, "-v", "ON_ERROR_STOP=1", "-f", "-",
            ])
        return try await TestCommand.run(
            (account.map { ["env", "PGPASSWORD=\($0.password)"] } ?? []) + command, input: script)
    }

    /// As 13 or 18.
    package func majorVersion() async throws -> Int {
        try await execute("SELECT current_setting('server_version_num')::int / 10000 AS version").only()
            .int("version")
    }

    /// Installs a rendered guard script and gives the broker's account a password.
    package func installGuard(
        script: String, account: String = "mayfly", password: String = "broker-password"
    ) async throws {
        try await psql(script: script)
        try await setPassword(password, of: account)
    }

    /// Sets a role's password. (In clear: this is a test's server.)
    package func setPassword(_ password: String, of role: String) async throws {
        let connection = try await superuser()
        let statement = try await connection.query(
            "SELECT format('ALTER ROLE %I PASSWORD %L', $1::text, $2::text) AS sql", [role, password]
        ).only().string("sql")
        _ = try await connection.query(statement)
        await connection.close()
    }
}
