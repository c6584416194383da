import MayflyAPI

/// A credential as environment variables, by the names that the clients of its engine read.
///
/// - libpq: https://www.postgresql.org/docs/current/libpq-envars.html
/// - MariaDB: https://mariadb.com/kb/en/mariadb-environment-variables/
/// - MySQL: https://dev.mysql.com/doc/refman/8.4/en/environment-variables.html
///
/// `DATABASE_URL` is what most frameworks read.
struct CredentialVariables {
    let credential: Credential
    var lease: Lease?

    /// Names and values, in the order to show them.
    /// - Parameter password: whether the password is among them, in its own variable and in the URL.
    func values(password: Bool = true) -> [(name: String, value: String)] {
        var values: [(name: String, value: String)]
        switch credential.engine {
        case .mariadb, .mysql: values = mysql(password: password)
        default: values = postgresql(password: password)
        }
        if password { values.append(("DATABASE_URL", CredentialURL(credential).text)) }
        if let lease { values.append(("MAYFLY_LEASE", lease.id)) }
        return values
    }

    /// Settings of before that would lead the engine's clients elsewhere, or make them log in otherwise. Those
    /// that are harmless (application name, time zone, encoding) are the user's.
    var stale: [String] {
        switch credential.engine {
        case .mariadb, .mysql:
            [
                "MYSQL_HOST", "MYSQL_TCP_PORT", "MYSQL_UNIX_PORT", "MYSQL_PWD", "MYSQL_USER",
                "MYSQL_PASSWORD", "MYSQL_DATABASE", "MYSQL_HOME", "MARIADB_HOME", "MYSQL_GROUP_SUFFIX",
                "MARIADB_GROUP_SUFFIX", "MYSQL_TEST_LOGIN_FILE", "LIBMYSQL_ENABLE_CLEARTEXT_PLUGIN",
                "LIBMYSQL_PLUGINS", "MARIADB_TLS_DISABLE_PEER_VERIFICATION", "DATABASE_URL",
            ]
        default:
            [
                "PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD", "PGPASSFILE",
                "PGREQUIREAUTH", "PGCHANNELBINDING", "PGSERVICE", "PGSERVICEFILE", "PGSYSCONFDIR",
                "PGOPTIONS", "PGSSLMODE", "PGREQUIRESSL", "PGSSLNEGOTIATION", "PGSSLCERT", "PGSSLKEY",
                "PGSSLCERTMODE", "PGSSLROOTCERT", "PGSSLCRL", "PGSSLCRLDIR", "PGSSLSNI", "PGREQUIREPEER",
                "PGGSSENCMODE", "PGKRBSRVNAME", "PGGSSLIB", "PGGSSDELEGATION", "PGTARGETSESSIONATTRS",
                "PGLOADBALANCEHOSTS", "DATABASE_URL",
            ]
        }
    }

    private func postgresql(password: Bool) -> [(name: String, value: String)] {
        var values = [
            ("PGHOST", credential.host), ("PGPORT", "\(credential.port)"),
            ("PGDATABASE", credential.database), ("PGUSER", credential.username),
        ]
        if password { values.append(("PGPASSWORD", credential.password)) }
        values.append(("PGSSLMODE", credential.tls.mode.rawValue))
        if let ca = credential.tls.ca { values.append(("PGSSLROOTCERT", ca)) }
        return values
    }

    private func mysql(password: Bool) -> [(name: String, value: String)] {
        var values: [(name: String, value: String)] = []
        if credential.isSocket {
            values += [("MYSQL_HOST", "localhost"), ("MYSQL_UNIX_PORT", credential.host)]
        } else {
            values += [("MYSQL_HOST", credential.host), ("MYSQL_TCP_PORT", "\(credential.port)")]
        }
        values += [("MYSQL_DATABASE", credential.database), ("MYSQL_USER", credential.username)]
        if password {
            // The first is read by the clients, the second by many frameworks and container images.
            values += [("MYSQL_PWD", credential.password), ("MYSQL_PASSWORD", credential.password)]
        }
        return values
    }
}
