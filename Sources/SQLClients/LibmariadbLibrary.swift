import CMariaDB
import Glibc

/// What has to be done once before libmariadb is used.
package enum LibmariadbLibrary {
    /// All but MYSQL_PWD, which a configuration may name as the place of a password, and which a password that is
    /// given (an empty one, too) always overrides. The rest would load plugins from, or connect us to, somewhere else.
    private static let names = [
        "MYSQL_TCP_PORT", "MYSQL_UNIX_PORT", "MARIADB_UNIX_PORT", "MARIADB_PLUGIN_DIR", "LIBMYSQL_PLUGINS",
        "LIBMYSQL_ENABLE_CLEARTEXT_PLUGIN", "LIBMYSQL_PLUGIN_DIR", "MYSQL_HOME", "MARIADB_HOME",
        "MARIADB_TLS_DISABLE_PEER_VERIFICATION",
    ]

    private static let cleared: Void = {
        for name in names { unsetenv(name) }
    }()

    private static let started: Void = {
        clear()
        // Reads the environment, loads the plugins that it names, and is not safe on two threads at once.
        _ = mysql_server_init(0, nil, nil)
    }()

    /// Removes libmariadb's variables from the environment of this process, once.
    ///
    /// A program calls it first thing in `main`, while it has one thread: `unsetenv` is not safe beside a `getenv`
    /// of another thread.
    package static func clear() {
        _ = cleared
    }

    static func start() {
        _ = started
    }
}
