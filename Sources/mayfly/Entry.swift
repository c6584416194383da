import ArgumentParser
import Foundation
import MayflyAPI
import MayflyClient

/// Parses, runs, and turns whatever goes wrong into a message on stderr and an exit code.
@main enum Entry {
    static func main() async {
        do {
            var command = try Mayfly.parseAsRoot(
                GlobalOptions.behindCommand(Array(CommandLine.arguments.dropFirst())))
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            exit(report(error).rawValue)
        }
    }

    /// Tells what went wrong and returns what to exit with.
    static func report(_ error: any Error) -> ExitStatus {
        switch error {
        case let error as MayflyError:
            Console.complain(error.message, hint: error.hint)
            return error.exit
        case let error as CommandFailure:
            Console.complain(error.message, hint: error.hint)
            return error.exit
        case is OutputClosed:
            return .success
        case let error as QuietExit:
            return error.exit
        default:
            return reportParsing(error)
        }
    }

    private static func reportParsing(_ error: any Error) -> ExitStatus {
        guard Mayfly.exitCode(for: error) != .success else {
            // Help or version: that is what was asked for.
            print(Mayfly.fullMessage(for: error))
            return .success
        }
        Console.complain(Mayfly.message(for: error), hint: "see 'mayfly help' or 'mayfly COMMAND --help'")
        return .usage
    }
}
