import Foundation
import MayflyAPI

/// A credential's files in a runtime directory, for clients that read it from there.
struct CredentialFiles {
    /// libpq's passfile.
    let passFile: String?
    /// The option file for MariaDB's and MySQL's clients, to be given as `--defaults-extra-file`.
    let defaultsFile: String?
    private let directory: RuntimeDirectory

    init(_ credential: Credential, in directory: RuntimeDirectory, dialect: DefaultsFile.Dialect = .any)
        throws
    {
        self.directory = directory
        switch credential.engine {
        case .mariadb, .mysql:
            passFile = nil
            defaultsFile = try directory.write("my.cnf", DefaultsFile.lines(credential, for: dialect))
        default:
            passFile = try directory.write("pgpass", PassFile.lines(credential))
            defaultsFile = nil
        }
    }

    /// Variables that lead to the files.
    var values: [(name: String, value: String)] {
        if let passFile { return [("PGPASSFILE", passFile)] }
        guard let defaultsFile else { return [] }
        return [
            ("MAYFLY_DEFAULTS_FILE", defaultsFile),
            // Its my.cnf is read by the clients without being told.
            ("MYSQL_HOME", directory.path),
            // Login paths are read after everything else: there are none.
            ("MYSQL_TEST_LOGIN_FILE", "\(directory.path)/no-login-paths"),
        ]
    }

    /// The first argument for a MariaDB or MySQL client.
    ///
    /// `~/.my.cnf` is read after `--defaults-extra-file`, so that the user's own host or password would win. Where
    /// there is one, a file is given as `--defaults-file` that includes all that would have been read, and ours last:
    /// the user's prompt and colours stay, and the credential is the lease's.
    func clientArgument(environment: [String: String] = ProcessInfo.processInfo.environment) throws -> String?
    {
        guard let defaultsFile else { return nil }
        guard let own = UserDefaultsFile.path(environment) else {
            return "--defaults-extra-file=\(defaultsFile)"
        }
        let others = ["/etc/my.cnf", "/etc/mysql/my.cnf", own].filter(FileManager.default.isReadableFile)
        let lines = (others + [defaultsFile]).map { "!include \($0)" }
        return "--defaults-file=\(try directory.write("client.cnf", lines))"
    }
}
