import Foundation
import MayflyAPI
import MayflyClient
import Testing

@Suite(.timeLimit(.minutes(1))) struct TransportTests {
    static let who = Peer.reply(
        "200 OK", "application/json", #"{"user":"alice","uid":1001,"groups":["dev"],"roles":[]}"#)

    private func failure(
        _ script: [Peer.Act], timeout: Duration = .seconds(60),
        _ call: (MayflyClient) async throws -> Void = { _ = try await $0.whoAmI() }
    ) async throws -> MayflyError {
        let peer = try Peer(script)
        defer { peer.stop() }
        return try await #require(throws: MayflyError.self) {
            try await MayflyClient.withClient(socket: peer.path, timeout: timeout) { try await call($0) }
        }
    }

    @Test func `a call reaches the route on the socket and its reply is read`() async throws {
        let peer = try Peer([Self.who])
        defer { peer.stop() }
        let who = try await MayflyClient.withClient(socket: peer.path) { try await $0.whoAmI() }
        #expect(who.user == "alice")
        let request = try #require(peer.requests.first)
        #expect(request.hasPrefix("GET /v1/whoami HTTP/1.1\r\n"))
        #expect(request.lowercased().contains("\r\nhost: localhost\r\n"))
    }

    @Test func `ids and parameters stay what they are`() async throws {
        let peer = try Peer([Peer.reply("200 OK", "application/json", #"{"leases":[]}"#)])
        defer { peer.stop() }
        try await MayflyClient.withClient(socket: peer.path) { client in
            _ = try? await client.lease("../x y?z")
            _ = try await client.leases(LeaseSearch(states: [.active, .locked], profile: "a&b=c"))
        }
        #expect(peer.requests[0].hasPrefix("GET /v1/leases/..%2Fx%20y%3Fz HTTP/1.1\r\n"))
        #expect(
            peer.requests[1].hasPrefix("GET /v1/leases?state=active%2Clocked&profile=a%26b%3Dc HTTP/1.1\r\n"))
    }

    @Test func `without a socket the daemon is unreachable`() async throws {
        for path in ["/nonexistent/mayfly.sock", "/" + String(repeating: "x", count: 200)] {
            let error = try await #require(throws: MayflyError.self) {
                try await MayflyClient.withClient(socket: path) { _ = try await $0.whoAmI() }
            }
            #expect(error.code == .daemonUnreachable)
            #expect(error.exit == .daemonUnreachable)
            #expect(error.message.contains(path))
        }
    }

    @Test func `a file that nobody listens on is unreachable too`() async throws {
        let peer = try Peer([Self.who])
        let path = peer.path
        peer.stop()
        try Data().write(to: URL(filePath: path))
        defer { unlink(path) }
        let error = try await #require(throws: MayflyError.self) {
            try await MayflyClient.withClient(socket: path) { _ = try await $0.whoAmI() }
        }
        #expect(error.code == .daemonUnreachable)
    }

    @Test(
        .enabled(if: getuid() != 0, "root passes every permission"))
    func `a socket that keeps us out is told from one that is missing`() async throws {
        let peer = try Peer([Self.who])
        defer { peer.stop() }
        chmod(peer.path, 0)
        let error = try await #require(throws: MayflyError.self) {
            try await MayflyClient.withClient(socket: peer.path) { _ = try await $0.whoAmI() }
        }
        #expect(error.code == .socketDenied)
        #expect(error.exit == .denied)
    }

    @Test(arguments: [
        Peer.Act.answer("220 mail.example ESMTP\r\n"),
        Peer.reply("200 OK", "text/html", "<html>"),
        Peer.reply("404 Not Found", "text/plain", "no"),
        Peer.reply("302 Found", "text/html", "elsewhere"),
    ])
    func `what is no mayflyd is told so`(act: Peer.Act) async throws {
        let error = try await failure([act])
        #expect(error.code == .notMayfly)
        #expect(error.exit == .protocolError)
    }

    @Test func `a problem document becomes an error with its code, hint and exit code`() async throws {
        let body = try MayflyJSON.encoder().encode(
            Problem(
                .ttlAboveMaximum, detail: "at most 1h", hint: "ask for less",
                members: ["maximum_ttl_seconds": 3600]))
        let error = try await failure([
            Peer.reply(
                "422 Unprocessable", MayflyJSON.problemContentType, String(decoding: body, as: UTF8.self))
        ])
        #expect(error.code.rawValue == "ttl_above_maximum")
        #expect(error.message == "at most 1h")
        #expect(error.hint == "ask for less")
        #expect(error.exit == .refusedValue)
        #expect(error.problem?.members["maximum_ttl_seconds"] == .integer(3600))
    }

    @Test func `a daemon that hangs costs no more than the timeout`() async throws {
        let start = ContinuousClock.now
        let error = try await failure([.hang], timeout: .milliseconds(300))
        #expect(error.code == .timedOut)
        #expect(error.exit == .timedOut)
        // Far below the default timeout, also on a busy machine.
        #expect(ContinuousClock.now - start < .seconds(28))
    }

    @Test func `a body that never comes costs no more than the timeout`() async throws {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{"
        let peer = try Peer([.answer(head)])
        defer { peer.stop() }
        let error = try await #require(throws: MayflyError.self) {
            try await MayflyClient.withClient(socket: peer.path, timeout: .seconds(2)) {
                _ = try await $0.whoAmI()
            }
        }
        #expect([.timedOut, .connectionLost].contains(error.code))
    }

    @Test func `a reply without end is cut off`() async throws {
        let flood = String(repeating: "x", count: 17 << 20)
        let error = try await failure([Peer.reply("200 OK", "application/json", flood)])
        #expect(error.code == .replyTooLarge)
    }

    @Test func `an unreadable reply is reported without what it held`() async throws {
        let secret = #"{"credential":{"password":"hunter2"}}"#
        let error = try await failure([Peer.reply("201 Created", "application/json", secret)]) {
            _ = try await $0.request(CreateRequest(profile: "p"))
        }
        #expect(error.code == .unreadableReply)
        #expect(!String(reflecting: error).contains("hunter2"))
    }

    @Test func `a create whose reply is lost is repeated with the same key`() async throws {
        let reply = try MayflyJSON.encoder().encode(Fixtures.reply)
        let peer = try Peer([
            .hangUp, .hangUp,
            Peer.reply("200 OK", "application/json", String(decoding: reply, as: UTF8.self)),
        ])
        defer { peer.stop() }
        let read = try await MayflyClient.withClient(socket: peer.path) {
            try await $0.request(CreateRequest(profile: "p", ttlSeconds: 60))
        }
        #expect(read == Fixtures.reply)
        let keys = peer.requests.map { request in
            request.split(separator: "\r\n").first { $0.lowercased().hasPrefix("idempotency-key: ") }
        }
        #expect(keys.count == 3)
        #expect(Set(keys).count == 1)
        #expect(keys[0] != nil)
    }

    @Test func `a reply lost again and again is reported, with where to look`() async throws {
        let error = try await failure([.hangUp])
        #expect(error.code == .connectionLost)
        #expect(error.hint?.contains("may have happened") == true)
    }

    @Test func `a cancelled call ends`() async throws {
        let peer = try Peer([.hang])
        defer { peer.stop() }
        let path = peer.path
        let call = Task {
            try await MayflyClient.withClient(socket: path, timeout: .seconds(60)) {
                _ = try await $0.whoAmI()
            }
        }
        while peer.requests.isEmpty { await Task.yield() }
        call.cancel()
        let error = try await #require(throws: MayflyError.self) { try await call.value }
        #expect(error.code == .cancelled)
    }
}
