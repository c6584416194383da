import ArgumentParser
import MayflyCore
import MayflyDatabases

struct GuardPrintCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "print",
        abstract: "Print the install script of a database's guard.",
        discussion: """
            The script goes to stdout, and nothing else does. Read it, then run it as a
            superuser. Without an option it has all: the core, once for the server, and
            the clean-up functions in each database that a login role may use.
            The guard of MariaDB and MySQL has one part.

            EXAMPLES
              mayflyd guard print orders | less
              mayflyd guard print orders | psql -X -v ON_ERROR_STOP=1 -d postgres
              mayflyd guard print shop | mariadb
              mayflyd guard print orders --core > core.sql
              mayflyd guard print orders --cleanup | psql -X -d orders
            """)

    @Argument(help: ArgumentHelp("A database of the configuration.", valueName: "database"))
    var name: String

    @OptionGroup var config: ConfigurationOption

    @Flag(help: "Only the core, which is installed once per server (PostgreSQL).")
    var core = false

    @Flag(help: "Only the clean-up functions, for the database that they are run in (PostgreSQL).")
    var cleanup = false

    func validate() throws {
        if core, cleanup { throw ValidationError("--core and --cleanup: give one of them, or none for all") }
    }

    func run() async throws {
        let configuration = try config.load().configuration
        guard let known = DatabaseName(rawValue: name), let definition = configuration.databases[known] else {
            let names = configuration.databases.keys.map(\.rawValue).sorted()
            throw ValidationError(
                "no database is called \(name.quoted()); there are: \(names.joined(separator: ", "))")
        }
        let profiles = Self.profiles(onServerOf: definition, configuration)
        do throws(EngineFailure) {
            if definition.mode == .direct {
                Terminal.output(try DirectAccount(definition, profiles).script())
                return
            }
            switch definition.engine {
            case .postgresql:
                let script = PostgreSQLGuard(
                    definition: definition, installation: configuration.installation, profiles: profiles)
                if core {
                    Terminal.output(try script.coreScript())
                } else if cleanup {
                    Terminal.output(try script.cleanupScript())
                } else {
                    Terminal.output(try script.installScript())
                }
            case .mariadb, .mysql:
                guard !core, !cleanup else {
                    throw EngineFailure(
                        .invalid, "the guard of \(definition.engine.rawValue) has one part only")
                }
                Terminal.output(
                    try MariaDBGuard(
                        definition: definition, installation: configuration.installation, profiles: profiles
                    ).installScript())
            }
        } catch {
            Terminal.error(error.message)
            if let hint = error.hint { Terminal.hint(hint) }
            throw ExitStatus.findings
        }
    }

    /// There is one guard per server, also where the configuration has several databases of it: their groups and
    /// settings are allowed together.
    private static func profiles(
        onServerOf definition: DatabaseDefinition, _ configuration: Configuration
    ) -> [Profile] {
        configuration.databases.values
            .filter {
                Set($0.hosts) == Set(definition.hosts) && $0.port == definition.port
                    && $0.account.user == definition.account.user
            }
            .flatMap { configuration.profiles(of: $0.name) }
            .sorted { $0.name < $1.name }
    }
}
