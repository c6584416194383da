import Foundation
import MayflyAPI
import MayflyCore
import MayflyTesting
import Testing

@testable import MayflyServer

/// What the server makes of the `Authorization` header, before the broker is asked.
@Suite struct BearerTokenTests {
    private func whoAmI(_ headers: String..., to server: HTTPTestServer) async throws -> HTTPReply {
        try await server.call("GET", "/v1/whoami", headers: ["Host: localhost"] + headers)
    }

    @Test("A good token is who the caller is, beside whom the kernel names")
    func good() async throws {
        try await HTTPTestServer.run { server in
            let reply = try await whoAmI("Authorization: Bearer good-repo:acme/orders", to: server)
            #expect(reply.status == 200)
            let who = try MayflyJSON.decoder().decode(WhoAmI.self, from: Data(reply.body))
            #expect(who.token?.issuer == "github")
            #expect(who.token?.subject == "repo:acme/orders")
            #expect(who.uid == getuid())
            let lower = try await whoAmI("authorization: bearer good-a", to: server)
            #expect(lower.status == 200)
            #expect(server.broker.refused.isEmpty)
        }
    }

    static let bad: [([String], String)] = [
        (["Authorization: Bearer old"], "expired"), (["Authorization: Bearer"], "header"),
        (["Authorization: Bearer "], "header"), (["Authorization: Basic cm9vdDpyb290"], "header"),
        (["Authorization: "], "header"), (["Authorization: good-a"], "header"),
        (["Authorization: Bearer good-a good-b"], "header"), (["Authorization: Bearer good-é"], "header"),
        (["Authorization: Bearer good-a", "Authorization: Bearer good-a"], "header"),
        (["Authorization: Bearer good-a", "authorization: Basic x"], "header"),
    ]

    @Test(
        "A bad one refuses the call, says which kind, and is on record; nobody falls back to the socket's identity",
        arguments: bad)
    func refused(_ headers: [String], _ failure: String) async throws {
        try await HTTPTestServer.run { server in
            let reply = try await server.call(
                "POST", "/v1/requests", headers: ["Host: localhost"] + headers,
                body: #"{"profile":"orders-read"}"#)
            #expect(reply.status == 401)
            #expect(reply.headers["www-authenticate"]?.hasPrefix("Bearer") == true)
            let problem = try reply.problem()
            #expect(problem.code == .tokenInvalid)
            #expect(problem.members["failure"] == .string(failure))
            #expect(server.broker.issued == 0)
            let events = server.broker.refused
            #expect(events.map(\.action) == [.accessDenied])
            #expect(events.first?.details["token"] == failure)
            #expect(events.first?.actor.token == nil)
            #expect(!events.contains { "\($0)".contains("good-") || "\($0)".contains("cm9vd") })
        }
    }

    @Test("Keys that cannot be had are our trouble, not the caller's mistake; it is no either")
    func unavailable() async throws {
        try await HTTPTestServer.run { server in
            let reply = try await whoAmI("Authorization: Bearer down", to: server)
            #expect(reply.status == 503)
            #expect(try reply.problem().code == .identityUnavailable)
        }
    }

    @Test("A token of 16 KiB comes through, and a header field beyond 17 KiB does not")
    func size() async throws {
        try await HTTPTestServer.run { server in
            let large = "good-" + String(repeating: "a", count: 16_384 - 5)
            #expect(try await whoAmI("Authorization: Bearer \(large)", to: server).status == 200)
            let huge = "good-" + String(repeating: "a", count: 18_000)
            let reply = try await whoAmI("Authorization: Bearer \(huge)", to: server)
            #expect([400, 413].contains(reply.status), "\(reply.status)")
        }
    }

    @Test("Refusals of one uid have one measure on record, whatever the tokens")
    func measured() async throws {
        try await HTTPTestServer.run { server in
            let connection = try server.connect()
            for _ in 0..<60 {
                let reply = try await connection.call(
                    "GET", "/v1/whoami", headers: ["Host: localhost", "Authorization: Bearer old"])
                #expect(reply.status == 401)
            }
            #expect((20...25).contains(server.broker.refused.count), "\(server.broker.refused.count)")
        }
    }
}
