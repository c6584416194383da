import ArgumentParser

struct LockdownCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lockdown",
        abstract: "Stop new access, on everything or a part, and see what is stopped.",
        discussion: """
            Nothing is given out, redeemed, renewed or extended under a lockdown, break-glass included. Without \
            --revoke what is out goes on to its own end. Several may be in force at once.

            Examples:
              mayfly lockdown
              mayfly lockdown on --reason 'incident 12' --revoke
              mayfly lockdown on --database orders --for 2h --reason 'restore under way'
              mayfly lockdown on --user alice --revoke --reason 'stolen laptop'
              mayfly lockdown off --database orders --reason 'restored'
            """,
        subcommands: [LockdownListCommand.self, LockdownOnCommand.self, LockdownOffCommand.self],
        defaultSubcommand: LockdownListCommand.self)
}
