import ArgumentParser

struct GuardCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "guard",
        abstract: "What a DBA installs in a server, through which alone the broker acts.",
        discussion: """
            EXAMPLES
              mayflyd guard print orders | less
              mayflyd guard print orders | psql -X -v ON_ERROR_STOP=1 -d postgres
            """,
        subcommands: [GuardPrintCommand.self])
}
