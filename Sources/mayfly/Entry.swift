import ArgumentParser
import CLinux
import Foundation
import Glibc
import MayflyAPI
import MayflyClient

/// Parses, runs, and turns whatever goes wrong into a message on stderr and an exit code.
@main enum Entry {
    /// Not `async`: the runtime would park the main thread where it takes every signal, and those that a command
    /// is run under must be held back in all threads before there is a second one.
    static func main() {
        // What we are given must not end in a core dump, and nobody of our uid need look into us. execve(2) gives a
        // command that we run its own again.
        _ = mayfly_set_dumpable(0)
        do {
            // Used by the task alone: this thread does nothing more with it than to wait for the end.
            nonisolated(unsafe) let command = try Mayfly.parseAsRoot(
                GlobalOptions.behindCommand(Array(CommandLine.arguments.dropFirst())))
            let gate = command is any RunsCommand ? SignalGate() : nil
            // Detached from the main actor, whose thread waits here until the task ends the process.
            Task.detached { await finish(command, gate) }
            while true { pause() }
        } catch {
            exit(report(error).rawValue)
        }
    }

    private static func finish(_ command: sending any ParsableCommand, _ gate: SignalGate?) async -> Never {
        do {
            try await run(command, gate)
            exit(ExitStatus.success.rawValue)
        } catch let error as Interrupted {
            SignalGate.die(of: error.signal)
        } catch let error as CommandEnded {
            switch error.ending {
            case .exited(let status): exit(status)
            case .signalled(let number): SignalGate.die(of: number)
            }
        } catch {
            exit(report(error).rawValue)
        }
    }

    private static func run(_ command: sending any ParsableCommand, _ gate: SignalGate?) async throws {
        var command = command
        if let runner = command as? any RunsCommand, let gate {
            try await runner.run(gate)
        } else if var asynchronous = command as? any AsyncParsableCommand {
            try await asynchronous.run()
        } else {
            try command.run()
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
