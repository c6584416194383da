import Glibc

/// libpq reads variables of the environment, and some of them (`PGSERVICE`, `PGHOSTADDR`) cannot be overridden
/// by a parameter: they would send the broker's password to another host.
package enum LibpqEnvironment {
    /// All but PGPASSWORD, which a configuration may name as the place of a password, and which a password that is
    /// given always overrides.
    ///
    /// https://www.postgresql.org/docs/current/libpq-envars.html
    private static let names = [
        "PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGUSER", "PGPASSFILE",
        "PGREQUIREAUTH", "PGCHANNELBINDING", "PGSERVICE", "PGSERVICEFILE", "PGOPTIONS", "PGAPPNAME",
        "PGSSLMODE", "PGREQUIRESSL", "PGSSLCOMPRESSION", "PGSSLCERT", "PGSSLKEY", "PGSSLCERTMODE",
        "PGSSLROOTCERT", "PGSSLCRL", "PGSSLCRLDIR", "PGSSLSNI", "PGREQUIREPEER", "PGSSLMINPROTOCOLVERSION",
        "PGSSLMAXPROTOCOLVERSION", "PGSSLNEGOTIATION", "PGGSSENCMODE", "PGKRBSRVNAME", "PGGSSLIB",
        "PGGSSDELEGATION", "PGCONNECT_TIMEOUT", "PGCLIENTENCODING", "PGTARGETSESSIONATTRS",
        "PGLOADBALANCEHOSTS", "PGMINPROTOCOLVERSION", "PGMAXPROTOCOLVERSION", "PGDATESTYLE", "PGTZ",
        "PGGEQO", "PGSYSCONFDIR",
    ]

    private static let cleared: Void = {
        for name in names { unsetenv(name) }
    }()

    /// Removes libpq's variables from the environment of this process, once.
    ///
    /// Every connection does it before its first use of libpq. A program calls it first thing in `main`,
    /// while it has one thread: `unsetenv` is not safe beside a `getenv` of another thread.
    package static func clear() {
        _ = cleared
    }
}
