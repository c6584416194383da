import ArgumentParser
import Glibc
import MayflyAPI
import MayflyCore
import MayflyDatabases

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Print what brings a database's group roles in step with their profiles.",
        usage: "mayflyd plan [options] <database>",
        discussion: """
            Holds the grants of the profiles against the server's catalogue, as the
            broker's account, and prints the statements for psql (or mariadb, mysql): what
            is missing is granted, what is beyond is revoked. Nothing is changed. Where no
            server can be reached it prints what the configuration alone says. On MariaDB
            and MySQL the broker's account sees what its groups hold and not what there
            is: --as-dba does.

            EXAMPLES
              mayflyd plan orders
              mayflyd plan orders | psql -X -v ON_ERROR_STOP=1 -d postgres
              mayflyd plan shop --as-dba | mariadb
              mayflyd plan orders --offline          in a pull request, or before a first start
              mayflyd plan orders --as-dba --dba-user postgres --dba-host /run/postgresql
              mayflyd plan orders --json

            EXIT CODES
              0   nothing is different
              1   the server refused to say
              2   something is different
              64  the arguments are wrong
              69  the server cannot be reached; the plan is without it
              78  the configuration is wrong
            """)

    @Argument(help: ArgumentHelp("A database of the configuration.", valueName: "database"))
    var name: String

    @OptionGroup var config: ConfigurationOption

    @Flag(help: "Ask no server: print what the configuration alone says.")
    var offline = false

    @Flag(help: "Write JSON.")
    var json = false

    @OptionGroup(title: "Asking as a DBA") var dba: DBAOptions

    func validate() throws {
        if offline, dba.asDBA { throw ValidationError("--offline and --as-dba: give one of them") }
    }

    func run() async throws {
        let configuration = try config.load().configuration
        let definition = try NamedDatabase.find(name, in: configuration)
        let planning = Planning(definition, configuration, dba: dba.asDBA ? dba : nil)
        do {
            if offline {
                let plan = try planning.offline()
                try show(plan, planning, isOffline: true)
                if !plan.isInStep { throw ExitStatus.differences }
                return
            }
            let plan: ScopePlan
            do throws(EngineFailure) {
                plan = try await planning.plan()
            } catch {
                guard error.kind == .unreachable else { throw error }
                try show(try planning.offline(), planning, isOffline: true)
                Terminal.error("\(definition.name): \(error.message)")
                Terminal.hint("this is what the configuration alone says: it was not held against the server")
                throw ExitStatus.unreachable
            }
            try show(plan, planning, isOffline: false)
            if !plan.isInStep { throw ExitStatus.differences }
        } catch let failure as EngineFailure {
            throw planning.complain(failure)
        }
    }

    private func show(_ plan: ScopePlan, _ planning: Planning, isOffline: Bool) throws {
        guard !json else { return Terminal.output(try PlanReport(plan, isOffline: isOffline).json()) }
        let script = try planning.script(plan)
        // For the client byte by byte; for eyes without what a terminal would take for a command.
        guard isatty(STDOUT_FILENO) == 1 else { return Terminal.output(script) }
        for line in script.split(separator: "\n", omittingEmptySubsequences: false) {
            Terminal.output(String(line).printable)
        }
    }
}
