import ArgumentParser
import Foundation
import MayflyAPI
import MayflyClient

/// What every command takes that writes a result.
struct GlobalOptions: ParsableArguments {
    @OptionGroup var daemon: DaemonOptions

    @Option(help: "How to write the result: text or json; for a request also as a file or as variables.")
    var format: OutputFormat = .text

    @Flag(help: "Same as --format json.")
    var json = false

    func validate() throws {
        if json, format.isForCredentials {
            throw ValidationError("--json and --format \(format) exclude each other")
        }
    }

    var output: OutputFormat { json ? .json : format }

    /// Lends a client to `body`.
    func withClient<Result: Sendable>(_ body: (MayflyClient) async throws -> Result) async throws -> Result {
        try await daemon.withClient(body)
    }

    /// Refuses the formats of credentials where there is none to write.
    func refuseCredentialFormats() throws {
        if output.isForCredentials {
            throw ValidationError("--format \(output) is for 'mayfly request' only")
        }
    }

    /// Moves options of this group that stand before the command's name behind it, so that
    /// `mayfly --socket PATH leases` means `mayfly leases --socket PATH`.
    static func behindCommand(_ arguments: [String]) -> [String] {
        var index = 0
        while index < arguments.count {
            switch arguments[index] {
            case "--socket", "--format", "--timeout", "--token-file": index += 2
            case "--json": index += 1
            case let option
            where ["--socket=", "--format=", "--timeout=", "--token-file="].contains(where: option.hasPrefix):
                index += 1
            default:
                // Without a command, or before another option, things stay as they are for the parser to tell.
                guard index > 0, !arguments[index].hasPrefix("-") else { return arguments }
                let end = index + Mayfly.names(in: arguments[index...])
                return Array(arguments[index..<end] + arguments[..<index] + arguments[end...])
            }
        }
        return arguments
    }
}
