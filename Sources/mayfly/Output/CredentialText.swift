import MayflyAPI

/// A credential for people, or for a shell.
struct CredentialText {
    let credential: Credential
    let lease: Lease?

    /// `export` lines, each value in single quotes: safe for `eval` whatever the server sends.
    var environment: [String] {
        var variables: [(String, String)]
        switch credential.engine {
        case .mariadb, .mysql:
            variables = [
                ("MYSQL_HOST", credential.host), ("MYSQL_TCP_PORT", "\(credential.port)"),
                ("MYSQL_DATABASE", credential.database), ("MYSQL_USER", credential.username),
                ("MYSQL_PWD", credential.password),
            ]
        default:
            // https://www.postgresql.org/docs/current/libpq-envars.html
            variables = [
                ("PGHOST", credential.host), ("PGPORT", "\(credential.port)"),
                ("PGDATABASE", credential.database), ("PGUSER", credential.username),
                ("PGPASSWORD", credential.password), ("PGSSLMODE", credential.tls.mode.rawValue),
            ]
            if let ca = credential.tls.ca { variables.append(("PGSSLROOTCERT", ca)) }
        }
        if let lease { variables.append(("MAYFLY_LEASE", lease.id)) }
        return variables.map { "export \($0.0)=\(Escaping.shell($0.1))" }
    }

    /// - Parameter password: what to print for the password.
    func fields(password: String, time: LocalTime) -> Fields {
        var fields = Fields()
        fields.add("lease", lease?.id)
        fields.add("profile", lease?.profile)
        fields.add("engine", credential.engine.rawValue)
        fields.add("host", credential.host)
        fields.add("port", "\(credential.port)")
        fields.add("database", credential.database)
        fields.add("user", credential.username)
        fields.add("password", password)
        fields.add("tls", credential.tls.mode.rawValue + (credential.tls.ca.map { " (\($0))" } ?? ""))
        fields.add("ends", time.end(lease?.expiresAt ?? credential.validUntil))
        fields.add("renewable", lease.map { "until \(time.text($0.endsLatestAt))" })
        return fields
    }
}
