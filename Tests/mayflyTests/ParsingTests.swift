import ArgumentParser
import MayflyAPI
import MayflyClient
import Testing

@testable import mayfly

@Suite struct ParsingTests {
    @Test func `the socket is the option's, the environment's, or the default`() throws {
        let given = try DaemonOptions.parse(["--socket", "/a"])
        let none = try DaemonOptions.parse([])
        #expect(given.socketPath(environment: ["MAYFLY_SOCKET": "/b"]) == "/a")
        #expect(none.socketPath(environment: ["MAYFLY_SOCKET": "/b"]) == "/b")
        #expect(none.socketPath(environment: ["MAYFLY_SOCKET": ""]) == MayflyClient.defaultSocket)
    }

    @Test(arguments: [
        (["--socket", "/a", "leases", "--all"], ["leases", "--socket", "/a", "--all"]),
        (["--json", "--timeout=5s", "lease", "x"], ["lease", "--json", "--timeout=5s", "x"]),
        (["leases", "--json"], ["leases", "--json"]),
        (["--json", "mfa", "status"], ["mfa", "status", "--json"]), (["--json", "mfa"], ["mfa", "--json"]),
        (["--socket", "/a", "mfa", "reset", "x"], ["mfa", "reset", "--socket", "/a", "x"]),
        (["--help"], ["--help"]), (["--json"], ["--json"]), (["--json", "--help"], ["--json", "--help"]),
    ])
    func `global options may stand before the command`(written: [String], parsed: [String]) {
        #expect(GlobalOptions.behindCommand(written) == parsed)
    }

    @Test(arguments: [
        [], ["x", "--all"], ["--mine", "--all"], ["--all", "--database", "d"],
        ["--mine", "--requester", "bob"], ["x", "--format", "env"],
    ])
    func `revoke refuses what is unclear`(arguments: [String]) {
        #expect(throws: (any Error).self) { try RevokeCommand.parse(arguments) }
    }

    @Test(arguments: [
        ["x"], ["x", "y", "--reason", "done"], ["--mine"], ["--all", "--yes"], ["--database", "d"],
    ])
    func `revoke takes leases or a selection`(arguments: [String]) throws {
        _ = try RevokeCommand.parse(arguments)
    }

    @Test func `a code is six digits, however they are grouped, and the option comes before the variable`()
        throws
    {
        #expect(try ApproveCommand.parse(["x", "--code", "123 456"]).factor.code == "123456")
        for wrong in ["12345", "1234567", "abcdef", "１２３４５６", ""] {
            #expect(throws: (any Error).self) { try ApproveCommand.parse(["x", "--code", wrong]) }
            #expect(throws: (any Error).self) { try MFAConfirmCommand.parse([wrong]) }
        }
        let none = try CodeOption.parse([])
        #expect(throws: CommandFailure.self) { try none.factor(environment: ["MAYFLY_CODE": "12"]) }
        _ = try none.factor(environment: ["MAYFLY_CODE": ""])
    }

    @Test func `a given code goes with one call only`() async throws {
        let factor = try CodeOption.parse(["--code", "123456"]).factor(environment: ["MAYFLY_CODE": "654321"])
        let first = try await factor.prove { code throws(MayflyError) in code }
        let second = try await factor.prove { code throws(MayflyError) in code }
        #expect(first == "123456")
        #expect(second == nil)
        // Given and not right is not asked for again: whoever gave it is a script.
        let wrong = try CodeOption.parse([]).factor(environment: ["MAYFLY_CODE": "654321"])
        await #expect(throws: MayflyError.self) {
            try await wrong.prove { code throws(MayflyError) -> Int in
                throw MayflyError(.mfaRequired, code ?? "none")
            }
        }
    }

    @Test func `an actor may be named`() throws {
        #expect(try UserID.digits(of: "root") == "0")
        #expect(try UserID.digits(of: "1001") == "1001")
        #expect(throws: CommandFailure.self) { try UserID.digits(of: "no-such-user-here") }
    }

    @Test func `a request can be repeated from what is printed`() throws {
        let command = try RequestCommand.parse(["orders-read", "--ttl", "1h30m", "--reason", "it's late"])
        let again = command.again("0f-1e")
        #expect(again == "mayfly request orders-read --ttl 5400s --reason 'it'\\''s late' --key 0f-1e --show")
    }

    @Test func `what stands after -- is the command's, word for word`() throws {
        let command = try ExecCommand.parse(["p", "--ttl", "5m", "--", "cmd", "--json", "--", "-x"])
        #expect(command.command == ["cmd", "--json", "--", "-x"])
        #expect(command.wish.request("p").ttlSeconds == 300)
    }
}
