import ArgumentParser
import MayflyCore
import MayflyDatabases

struct GuardCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "guard",
        abstract: "The functions that a DBA installs in a server, through which alone the broker acts.",
        discussion: """
            EXAMPLES
              mayflyd guard print orders | less
              mayflyd guard print orders | psql -X -v ON_ERROR_STOP=1 -d mayfly
            """,
        subcommands: [GuardPrintCommand.self])
}
