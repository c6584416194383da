import ArgumentParser
import Foundation
import MayflyAPI
import Testing

@testable import mayfly

/// The built binary, without a daemon.
@Suite(.timeLimit(.minutes(1))) struct BinaryTests {
    static let commands = Mayfly.configuration.subcommands.compactMap { $0.configuration.commandName }

    @Test(arguments: commands)
    func `every command's help has examples and fits 80 columns`(command: String) throws {
        let help = try Run.mayfly(command, "--help")
        #expect(help.status == 0)
        #expect(help.output.contains("Examples:\n  mayfly \(command)") || command == "request")
        #expect(help.output.contains("Examples:"))
        let examples = help.output.split(separator: "\n").filter {
            $0.hasPrefix("  mayfly ") || $0.hasPrefix("  eval ")
        }
        #expect(examples.count >= 2)
        #expect(examples.allSatisfy { $0.count <= 80 })
        #expect(help.error.isEmpty)
    }

    @Test func `the help page documents every exit code`() throws {
        let help = try Run.mayfly("--help")
        #expect(help.status == 0)
        for status in ExitStatus.allCases {
            #expect(help.output.contains("  \(status.rawValue)"))
            #expect(help.output.contains(status.meaning))
        }
    }

    @Test(arguments: commands)
    func `without a daemon every command says so and exits 68`(command: String) throws {
        let arguments: [String] =
            switch command {
            case "request", "connect", "explain": [command, "p"]
            case "exec": ["exec", "p", "--", "true"]
            case "lease", "renew", "revoke", "approve", "withdraw", "wait", "redeem", "review",
                "who", "session", "kill":
                [command, "abcd"]
            case "deny": ["deny", "abcd", "--reason", "no"]
            case "reap": ["reap", "--database", "orders", "--dry-run"]
            case "extend": ["extend", "abcd", "--ttl", "1h"]
            default: [command]
            }
        let run = try Run(
            Self.binary(), arguments, environment: ["MAYFLY_SOCKET": "/nonexistent/mayfly.sock"])
        guard command != "doctor" else {
            return #expect(run.status == 68 && run.output.contains("error    socket"))
        }
        #expect(run.status == ExitStatus.daemonUnreachable.rawValue)
        #expect(run.output.isEmpty)
        #expect(
            run.error.hasPrefix("mayfly: error: /nonexistent/mayfly.sock: there is no socket\nmayfly: hint: ")
        )
    }

    private static func binary() throws -> String {
        let own = try #require(CommandLine.arguments.first)
        return URL(filePath: own).deletingLastPathComponent().appending(path: "mayfly").path
    }

    @Test func `the socket may come from the environment`() throws {
        let run = try Run.mayfly("whoami", environment: ["MAYFLY_SOCKET": "/nonexistent/other"])
        #expect(run.status == 68)
        #expect(run.error.contains("/nonexistent/other"))
    }

    @Test(arguments: [
        ["frobnicate"], ["request"], ["request", "p", "--ttl", "30"], ["request", "p", "--ttl", "0m"],
        ["request", "p", "--password", "x"], ["leases", "--state", "dead"], ["leases", "--limit", "0"],
        ["revoke"], ["revoke", "--all"], ["audit", "--since", "yesterday"], ["whoami", "--format", "xml"],
        ["whoami", "--format", "env"], ["audit", "--follow", "--until", "1h"], ["whoami", "--timeout", "0s"],
        ["exec", "p"], ["exec", "p", "true"], ["exec", "p", "--json", "--", "true"],
        ["status", "--format", "url"],
    ])
    func `wrong usage exits 64 and says what is wrong`(arguments: [String]) throws {
        let run = try Run(Self.binary(), arguments, environment: ["MAYFLY_SOCKET": "/nonexistent"])
        #expect(run.status == ExitStatus.usage.rawValue)
        #expect(run.output.isEmpty)
        #expect(run.error.hasPrefix("mayfly: error: "))
        #expect(run.error.contains("\nmayfly: hint: "))
    }

    @Test func `a file that is no socket is told from a daemon`() throws {
        let run = try Run.mayfly("whoami", "--socket", "/etc/passwd")
        #expect(run.status == 68)
    }

    @Test func `a daemon that hangs costs the timeout and exits 75`() throws {
        let server = try SilentServer()
        let run = try Run.mayfly("whoami", "--socket", server.path, "--timeout", "1s")
        #expect(run.status == ExitStatus.timedOut.rawValue)
        #expect(run.error.hasPrefix("mayfly: error: no answer within 1"))
    }

    @Test func `an interrupted request tells what may be left behind`() throws {
        let server = try SilentServer()
        let process = Process()
        process.executableURL = URL(filePath: try Self.binary())
        process.arguments = ["request", "p", "--socket", server.path]
        let err = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardError = err
        try process.run()
        server.takeOne()
        process.interrupt()
        let said = String(decoding: try err.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 130)
        #expect(said.contains("mayfly: hint: a lease may have been issued"))
    }

    @Test func `no option takes a password`() throws {
        for command in Self.commands {
            let help = try Run.mayfly(command, "--help")
            #expect(!help.output.contains("--password"))
        }
    }
}
