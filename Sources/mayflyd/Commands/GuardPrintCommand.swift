import ArgumentParser
import MayflyCore
import MayflyDatabases

struct GuardPrintCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "print",
        abstract: "Print the install script of a database's guard.",
        usage: "mayflyd guard print [options] <database>",
        discussion: """
            The script goes to stdout, and nothing else does. Read it, then run it as a
            superuser. Without an option it has all: the core, once for the server, and
            the clean-up functions in each database that a login role may use.
            The guard of MariaDB and MySQL has one part; there --narrowing prints what a DBA
            grants for requests of a part of a profile.

            --upgrade brings an installed guard to this program's version, over living
            leases; --uninstall takes it away, once no lease lives. Both refuse a guard
            of another installation, and say what they do at their head.

            EXAMPLES
              mayflyd guard print orders | less
              mayflyd guard print orders | psql -X -v ON_ERROR_STOP=1 -d postgres
              mayflyd guard print shop | mariadb
              mayflyd guard print orders --core > core.sql
              mayflyd guard print orders --cleanup | psql -X -d orders
              mayflyd guard print orders --upgrade | psql -X -d postgres
              mayflyd guard print shop --uninstall | mariadb
              mayflyd guard print orders --narrowing | psql -X -d orders
            """)

    @Argument(help: ArgumentHelp("A database of the configuration.", valueName: "database"))
    var name: String

    @OptionGroup var config: ConfigurationOption

    @Flag(help: "Only the core, which is installed once per server (PostgreSQL).")
    var core = false

    @Flag(help: "Only the clean-up functions, for the database that they are run in (PostgreSQL).")
    var cleanup = false

    @Flag(
        help: """
            Only what requests of some tables or columns take: functions, for the database that they are run in \
            (PostgreSQL), or grants to the guard's account. Optional: nothing else prints them.
            """)
    var narrowing = false

    @Flag(help: "What brings an installed guard to this program's version.")
    var upgrade = false

    @Flag(help: "What takes the guard away.")
    var uninstall = false

    func validate() throws {
        if upgrade, uninstall { throw ValidationError("--upgrade and --uninstall: give one of them") }
        if uninstall, core || cleanup || narrowing {
            throw ValidationError(
                "--uninstall takes all of the guard away: give none of --core, --cleanup and --narrowing")
        }
        if [core, cleanup, narrowing].count(where: { $0 }) > 1 {
            throw ValidationError("--core, --cleanup and --narrowing: give one of them, or none for all")
        }
    }

    func run() async throws {
        let configuration = try config.load().configuration
        let definition = try NamedDatabase.find(name, in: configuration)
        let profiles = Self.profiles(onServerOf: definition, configuration)
        do throws(EngineFailure) {
            if definition.mode == .direct {
                guard !upgrade, !uninstall else {
                    throw EngineFailure(.invalid, "there is no guard with mode: direct")
                }
                Terminal.output(try DirectAccount(definition, profiles).script())
                return
            }
            switch definition.engine {
            case .postgresql:
                let script = PostgreSQLGuard(
                    definition: definition, installation: configuration.installation, profiles: profiles)
                Terminal.output(
                    try self.script(script, Self.definitions(onServerOf: definition, configuration)))
            case .mariadb, .mysql:
                guard !core, !cleanup, !(narrowing && upgrade) else {
                    throw EngineFailure(
                        .invalid, "the guard of \(definition.engine.rawValue) has one part only")
                }
                let script = MariaDBGuard(
                    definition: definition, installation: configuration.installation, profiles: profiles)
                if narrowing {
                    Terminal.output(try script.narrowingScript(configuration.profiles(of: definition.name)))
                    return
                }
                Terminal.output(
                    upgrade
                        ? try script.upgradeScript()
                        : uninstall ? try script.uninstallScript() : try script.installScript())
            }
        } catch {
            Terminal.error(error.message)
            if let hint = error.hint { Terminal.hint(hint) }
            throw ExitStatus.findings
        }
    }

    private func script(
        _ script: PostgreSQLGuard, _ onServer: [DatabaseDefinition]
    ) throws(EngineFailure) -> String {
        if uninstall { return try script.uninstallScript(onServerOf: onServer) }
        if upgrade {
            if core { return try script.upgradeScript(of: .core) }
            if narrowing { return try script.upgradeScript(of: .narrowing) }
            return cleanup ? try script.upgradeScript(of: .cleanup) : try script.upgradeScript()
        }
        if core { return try script.coreScript() }
        if narrowing { return try script.narrowingScript() }
        return cleanup ? try script.cleanupScript() : try script.installScript()
    }

    /// There is one guard per server, also where the configuration has several databases of it: their groups and
    /// settings are allowed together.
    private static func profiles(
        onServerOf definition: DatabaseDefinition, _ configuration: Configuration
    ) -> [Profile] {
        definitions(onServerOf: definition, configuration)
            .flatMap { configuration.profiles(of: $0.name) }
            .sorted { $0.name < $1.name }
    }

    private static func definitions(
        onServerOf definition: DatabaseDefinition, _ configuration: Configuration
    ) -> [DatabaseDefinition] {
        configuration.databases.values
            .filter {
                Set($0.hosts) == Set(definition.hosts) && $0.port == definition.port
                    && $0.account.user == definition.account.user
            }
            .sorted { $0.name < $1.name }
    }
}
