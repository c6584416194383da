import ArgumentParser
import Foundation
import MayflyAPI
import MayflyClient

struct ConnectCommand: RunsCommand {
    static let configuration = CommandConfiguration(
        commandName: "connect", abstract: "Open psql or mariadb with database access that ends with it.",
        usage: "mayfly connect PROFILE [OPTIONS] [-- ARGUMENTS]",
        discussion: """
            Asks, connects, renews while you work, and revokes when you leave. The password is in a private file, \
            not in the environment. Your own ~/.psqlrc or ~/.my.cnf stays in force for everything but the \
            connection.

            Examples:
              mayfly connect orders-read
              mayfly connect orders-read --reason 'customer 4711 lost an order'
              mayfly connect orders-read --ttl 17:30 -- --single-transaction -f report.sql
            """)

    @Argument(help: "What to ask for; 'mayfly profiles' lists it.", completion: .profiles)
    var profile: String

    @OptionGroup var wish: RequestOptions

    @Flag(help: "No warnings about the lease's end.")
    var quiet = false

    @OptionGroup var factor: CodeOption
    @OptionGroup var options: DaemonOptions

    @Argument(parsing: .postTerminator, help: "More arguments for the client, after --.")
    var arguments: [String] = []

    func run(_ gate: SignalGate) async throws {
        let profile = profile
        let known = try await options.withClient { try await $0.profiles() }.first { $0.name == profile }
        // Without such a profile the request below tells why.
        let client = try DatabaseClient.find(for: known?.engine ?? .postgresql)
        let raw = RawArguments.last(arguments.count)
        let leased = LeasedCommand(
            request: wish.request(profile), code: factor, options: options, passwordInEnvironment: false,
            isQuiet: quiet,
            dialect: client.dialect)
        let ending = try await leased.run(gate) { files in
            var program = client.program
            program.arguments += raw
            return try program.adding(first: files.clientArgument())
        }
        throw CommandEnded(ending: ending)
    }
}
