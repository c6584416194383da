import MayflyAPI

/// The interactive client of an engine.
struct DatabaseClient {
    let program: Program
    let dialect: DefaultsFile.Dialect

    /// The names to look for, the best first, and what to install where there is none.
    static func names(for engine: EngineName) -> (names: [String], package: String) {
        switch engine {
        case .mariadb: (["mariadb", "mysql"], "mariadb-client (Debian, Ubuntu) or mariadb (Fedora, RHEL)")
        case .mysql:
            (["mysql", "mariadb"], "mysql-client (Ubuntu), mariadb-client (Debian) or mysql (Fedora, RHEL)")
        default: (["psql"], "postgresql-client (Debian, Ubuntu) or postgresql (Fedora, RHEL)")
        }
    }

    /// - Throws: `CommandFailure` with 127 that names the package.
    static func find(for engine: EngineName, search: String? = nil) throws -> DatabaseClient {
        let (names, package) = names(for: engine)
        for name in names {
            do {
                let program = try Program.find([name], search: search)
                return DatabaseClient(program: program, dialect: dialect(of: program))
            } catch let failure as CommandFailure where failure.exit == .commandNotFound {
                continue
            }
        }
        throw CommandFailure(
            .commandNotFound, "there is no \(names.joined(separator: " or ")) on this machine",
            hint: "install \(package); nothing was asked for")
    }

    /// `mysql` may be MariaDB's under its old name.
    private static func dialect(of program: Program) -> DefaultsFile.Dialect {
        program.name == "mariadb" ? .mariadb : .any
    }
}
