import Foundation
import Testing
import TokenForge

@testable import MayflyClient

@Suite("Where a job's token comes from")
struct TokenSourceTests {
    private func read(_ source: TokenSource?) async throws -> String { try await #require(source).read() }

    private func code(_ source: TokenSource?) async -> MayflyError.Code? {
        do throws(MayflyError) {
            _ = try await source?.read()
            return nil
        } catch { return error.code }
    }

    @Test("A file is read at each call, and what is in it must be a token")
    func file() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "mayfly-token-\(UUID().uuidString)")
        let source = TokenSource.file(path.path)
        #expect(await code(source) == .tokenUnavailable)
        try Data("a.b.c\n".utf8).write(to: path)
        #expect(try await read(source) == "a.b.c")
        try Data("d.e.f".utf8).write(to: path)
        #expect(try await read(source) == "d.e.f")
        for bad in ["", "\n", "a b", "a\nb", "a\u{0}b", "ä", String(repeating: "x", count: 16_385)] {
            try Data(bad.utf8).write(to: path)
            #expect(await code(source) == .tokenUnavailable, "\(bad.prefix(9))")
        }
        try FileManager.default.removeItem(at: path)
    }

    @Test("The environment names one, in this order, and an empty variable steps back for one that is not")
    func environment() async throws {
        #expect(TokenSource.environment([:]) == nil)
        #expect(try await read(.environment(["MAYFLY_TOKEN": "a", "MAYFLY_ID_TOKEN": "b"])) == "a")
        #expect(try await read(.environment(["MAYFLY_TOKEN": "", "MAYFLY_ID_TOKEN": "b"])) == "b")
        #expect(
            await code(.environment(["MAYFLY_TOKEN_FILE": "/nowhere", "MAYFLY_TOKEN": "a"]))
                == .tokenUnavailable)
        // GitHub's runner is asked only where an audience is named: others have no use for its token.
        let runner = ["ACTIONS_ID_TOKEN_REQUEST_URL": "https://x", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "s"]
        #expect(TokenSource.environment(runner) == nil)
        #expect(TokenSource.environment(runner.merging(["MAYFLY_TOKEN_AUDIENCE": "m"]) { $1 }) != nil)
    }

    @Test(
        "A variable that is set and gives no token fails the call, which else the socket's uid would decide",
        arguments: [
            (["MAYFLY_TOKEN": ""], "MAYFLY_TOKEN"), (["MAYFLY_ID_TOKEN": ""], "MAYFLY_ID_TOKEN"),
            (["MAYFLY_TOKEN_FILE": ""], "MAYFLY_TOKEN_FILE"),
            (["MAYFLY_TOKEN_AUDIENCE": ""], "MAYFLY_TOKEN_AUDIENCE"),
            (["MAYFLY_TOKEN_AUDIENCE": "m"], "MAYFLY_TOKEN_AUDIENCE"),
            (
                ["MAYFLY_TOKEN_AUDIENCE": "m", "ACTIONS_ID_TOKEN_REQUEST_URL": "https://x"],
                "MAYFLY_TOKEN_AUDIENCE"
            ),
            (["MAYFLY_TOKEN": " \n"], "the token"),
        ] as [([String: String], String)])
    func empty(_ variables: [String: String], _ name: String) async throws {
        // As the command asks for it.
        let source = try #require(TokenSource.environment(variables))
        do throws(MayflyError) {
            _ = try await source.read()
            Issue.record("a token")
        } catch {
            #expect(error.code == .tokenUnavailable)
            #expect(error.message.hasPrefix(name + " "), "\(error.message)")
        }
    }

    @Test("GitHub's runner is asked over HTTPS, with its secret and our audience, and not at each call")
    func gitHub() async throws {
        let server = try await HTTPSServer()
        server.answer(.init(Array(#"{"count":1,"value":"a.b.c"}"#.utf8)))
        let url = "https://localhost:\(server.port)/token?api-version=2.0"
        let tokens = GitHubTokens(url: url, secret: "hunter2", audience: "mayfly prod&x", ca: server.ca)
        for _ in 0..<3 { #expect(try await tokens.token() == "a.b.c") }
        #expect(server.asked.count == 1)
        let asked = try #require(server.asked.first)
        #expect(asked.authorization == "bearer hunter2")
        #expect(asked.uri.hasPrefix("/token?api-version=2.0&audience=mayfly%20prod"), "\(asked.uri)")
        #expect(URLComponents(string: asked.uri)?.queryItems?.last?.value == "mayfly prod&x")

        func failure(_ url: String, ca: String?) async -> MayflyError? {
            do throws(MayflyError) {
                _ = try await GitHubTokens(url: url, secret: "hunter2", audience: "m", ca: ca).token()
                return nil
            } catch { return error }
        }
        // Whom nobody vouches for does not even see the secret.
        #expect(await failure(url, ca: nil)?.code == .tokenUnavailable)
        #expect(await failure("http://localhost:\(server.port)/", ca: nil)?.code == .tokenUnavailable)
        #expect(server.asked.count == 1)
        for reply in [
            HTTPSServer.Reply([], status: 302, headers: [("Location", "https://localhost:1/")]),
            HTTPSServer.Reply([], status: 403), HTTPSServer.Reply(Array("{}".utf8)),
            HTTPSServer.Reply(Array(#"{"value":"a b"}"#.utf8)),
        ] {
            server.answer(reply)
            let error = await failure(url, ca: server.ca)
            #expect(error?.code == .tokenUnavailable)
            #expect("\(String(describing: error))".contains("hunter2") == false)
        }
        try await server.stop()
    }
}
