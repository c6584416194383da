import ArgumentParser
import Glibc
import MayflyAPI
import MayflyCore
import MayflyDatabases

struct ApplyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Bring a database's group roles in step with their profiles, as a DBA.",
        usage: "mayflyd apply --as-dba [options] <database>",
        discussion: """
            Runs what `mayflyd plan` prints, with a DBA's own connection: in one
            transaction for each database (on MariaDB and MySQL the server commits each
            statement), each shown before it is run. Then it plans again, and says what
            is left. The broker's account is refused.

            EXAMPLES
              mayflyd apply --as-dba orders
              PGPASSWORD=… mayflyd apply --as-dba --dba-user alice_dba orders
              mayflyd apply --as-dba --dba-host /run/postgresql --yes orders

            EXIT CODES
              0   all is in step
              1   a statement failed, or the plan was not agreed to
              2   something is left that no statement mends
              64  the arguments are wrong
              69  the server cannot be reached
              78  the configuration is wrong
            """)

    @Argument(help: ArgumentHelp("A database of the configuration.", valueName: "database"))
    var name: String

    @OptionGroup var config: ConfigurationOption

    @Flag(help: "Do not ask.")
    var yes = false

    @OptionGroup(title: "The DBA") var dba: DBAOptions

    func validate() throws {
        guard dba.asDBA else {
            throw ValidationError("--as-dba: privileges are a DBA's to give, with a connection of their own")
        }
    }

    func run() async throws {
        let configuration = try config.load().configuration
        let definition = try NamedDatabase.find(name, in: configuration)
        let planning = Planning(definition, configuration, dba: dba)
        do {
            var plan = try await planning.plan()
            // What raw statements gave is known after they were run: a second round shows it, and writes it down.
            for _ in 0..<2 where !plan.steps.isEmpty {
                for line in try planning.script(plan).split(separator: "\n", omittingEmptySubsequences: false)
                {
                    Terminal.output(String(line).printable)
                }
                try agree(to: plan)
                // What is run is what was shown: while somebody read it, somebody else may have granted something.
                guard try await planning.plan() == plan else {
                    Terminal.error("the server is not as it was when this plan was made: nothing was run")
                    Terminal.hint("run it again, and read what is different")
                    throw ExitStatus.findings
                }
                try await planning.apply(plan) { Terminal.output("\($0.statement);".printable) }
                plan = try await planning.plan()
            }
            try conclude(plan)
        } catch let failure as PlanFailure {
            if let step = failure.step { Terminal.error("\(step.statement);") }
            Terminal.error(failure.message)
            Terminal.hint(
                (failure.isUndone
                    ? "what was run in this database was undone"
                    : "what was run before it stays, as the server commits each")
                    + "; `mayflyd plan \(name)` says what is left")
            throw failure.isUnreachable ? ExitStatus.unreachable : ExitStatus.findings
        } catch let failure as EngineFailure {
            throw planning.complain(failure)
        }
    }

    private func agree(to plan: ScopePlan) throws {
        if yes { return }
        let count = plan.steps.count
        guard isatty(STDIN_FILENO) == 1 else {
            Terminal.error("nobody to ask: standard input is no terminal")
            Terminal.hint("--yes, when what `mayflyd plan` prints is meant")
            throw ExitStatus.findings
        }
        Terminal.ask("Run \(count == 1 ? "this statement" : "these \(count) statements") as a DBA? [y/N] ")
        guard ["y", "yes"].contains(readLine()?.lowercased() ?? "") else {
            Terminal.error("nothing was run")
            throw ExitStatus.findings
        }
    }

    private func conclude(_ plan: ScopePlan) throws {
        for profile in plan.profiles {
            for note in profile.notes { Terminal.output("note: \(profile.profile): \(note)".printable) }
            for obstacle in profile.obstacles {
                Terminal.error("\(profile.profile): \(obstacle.message)")
                if let statement = obstacle.statement { Terminal.hint("if it is meant: \(statement);") }
            }
        }
        guard plan.isInStep else {
            for step in plan.steps { Terminal.error("still to be run: \(step.statement);") }
            throw ExitStatus.differences
        }
        Terminal.output("\(plan.database): all is in step")
    }
}
