import Foundation
import Glibc

/// Where MariaDB's (or MySQL's) programs are and how they are run.
///
/// `MAYFLY_TEST_MARIADB_BIN` names another directory with `mariadbd` or `mysqld` in it, to run the tests against
/// another version; `MAYFLY_TEST_MARIADB_PREFIX` a command (words) that runs them, as the user `mysql`, where they need
/// more than another path. Without it the server changes to that user itself when we are root. (Not `runuser`, which
/// stays in between, and stops when the server is stopped.) `mysqld` without a `mariadbd` beside it is MySQL.
struct MariaDBServerBinaries: Sendable {
    let daemon: String
    let isMySQL: Bool
    let prefix: [String]
    /// Options by which the server becomes another user.
    let userOptions: [String]
    /// Who must own the server's files; nil for ourselves.
    let owner: (uid: uid_t, gid: gid_t)?

    init() async throws {
        let environment = ProcessInfo.processInfo.environment
        let isRoot = geteuid() == 0
        let custom = environment["MAYFLY_TEST_MARIADB_PREFIX"].map {
            $0.split(separator: " ").map(String.init)
        }
        prefix = custom ?? []
        userOptions = isRoot && custom == nil ? ["--user=mysql"] : []
        let directories =
            environment["MAYFLY_TEST_MARIADB_BIN"].map { [$0] }
            ?? ["/usr/sbin", "/usr/libexec", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"]
        // Asked from within the prefix, which may be a root directory of its own.
        let script =
            #"for d; do for p in mariadbd mysqld; do [ -x "$d/$p" ] && echo "$d/$p" && exit; done; done"#
        let found = try await TestCommand.run(prefix + ["/bin/sh", "-c", script, "sh"] + directories)
        daemon = found.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !daemon.isEmpty else { throw TestServerError.noMariaDBBinaries }
        isMySQL = !daemon.hasSuffix("/mariadbd")
        guard isRoot else {
            owner = nil
            return
        }
        guard let entry = getpwnam("mysql") else { throw TestServerError.system("user mysql", ENOENT) }
        owner = (entry.pointee.pw_uid, entry.pointee.pw_gid)
    }

    /// Makes an empty data directory whose `root` has no password.
    ///
    /// - Parameter temporary: a directory of its own. A server that starts removes what others have in theirs.
    func initialize(_ dataDirectory: String, temporary: String, log: String) async throws {
        if isMySQL {
            try await TestCommand.run(
                prefix + [
                    daemon, "--no-defaults", "--secure-file-priv=NULL", "--initialize-insecure",
                    "--datadir=\(dataDirectory)", "--tmpdir=\(temporary)", "--log-error=\(log)",
                ] + userOptions)
            return
        }
        // Beside the server, or where a distribution puts it.
        let script = #"""
            for p in "${0%/*}" /usr/bin "${0%/*}/../bin" "${0%/*}/../scripts"; do
                [ -x "$p/mariadb-install-db" ] && exec "$p/mariadb-install-db" "$@"
            done
            echo no mariadb-install-db; exit 69
            """#
        try await TestCommand.run(
            prefix + ["/bin/sh", "-c", script, daemon] + [
                "--no-defaults", "--force", "--datadir=\(dataDirectory)", "--skip-test-db",
                "--skip-name-resolve",
                "--auth-root-authentication-method=normal", "--innodb-log-file-size=8M",
                "--tmpdir=\(temporary)",
            ] + userOptions)
    }
}
