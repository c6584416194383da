import Foundation
import Glibc
import MayflyAPI
import MayflyCore
import MayflyTesting
import Testing

@testable import MayflyServer

@Suite struct ExplainTests {
    private func ask(_ server: HTTPTestServer, _ body: String) async throws -> HTTPReply {
        try await server.call("POST", "/v1/explain", headers: ["Host: localhost"], body: body)
    }

    @Test("An explanation says what would be decided, by which rule, and nothing of rules about others")
    func own() async throws {
        try await HTTPTestServer.run { server in
            let reply = try await ask(
                server, #"{"profile":"orders-read","ttl_seconds":60,"reason":"looking"}"#)
            #expect(reply.status == 200)
            let answer = try reply.decoded(as: MayflyAPI.Explanation.self)
            #expect(answer.decision == .allow && answer.rule == "all" && answer.ttlSeconds == 60)
            #expect(answer.rules.map(\.why) == ["names other people", "decides"])
            #expect(answer.rules.map(\.name) == [nil, "all"])
            #expect(!reply.text.contains("president"))
            server.broker.give([.auditor])
            let auditor = try await ask(server, #"{"profile":"orders-read"}"#).decoded(
                as: MayflyAPI.Explanation.self)
            #expect(auditor.rules.map(\.name) == ["for the president", "all"])
        }
    }

    @Test("A refusal is explained like any decision: with its code and what would help")
    func refused() async throws {
        try await HTTPTestServer.run { server in
            let reply = try await ask(server, #"{"profile":"orders-read","ttl_seconds":28801}"#)
            #expect(reply.status == 200)
            let answer = try reply.decoded(as: MayflyAPI.Explanation.self)
            #expect(answer.decision == .deny && answer.code == "ttl_above_maximum")
            #expect(answer.hint == "ask for 8h or less")
        }
    }

    @Test("About somebody else only auditors and administrators ask; who exists is nobody else's business")
    func others() async throws {
        try await HTTPTestServer.run { server in
            for name in ["user:root-of-all", "user:nobody", "uid:65534", "uid:4294967294"] {
                let reply = try await ask(server, #"{"profile":"orders-read","as":"\#(name)"}"#)
                #expect(reply.status == 403, "\(name)")
            }
            server.broker.give([.administrator])
            let nobody = try await ask(server, #"{"profile":"orders-read","as":"user:nobody"}"#)
            #expect(try nobody.decoded(as: MayflyAPI.Explanation.self).requester == "nobody")
            let missing = try await ask(server, #"{"profile":"orders-read","as":"user:root-of-all"}"#)
            #expect(missing.status == 404)
            // Oneself by name is nobody else.
            server.broker.give([])
            let me = try #require(try NameService.system.account(getuid())?.user)
            #expect(try await ask(server, #"{"profile":"orders-read","as":"user:\#(me)"}"#).status == 200)
        }
    }

    @Test(
        "What is no question is refused",
        arguments: [
            #"{}"#, #"{"profile":"orders-read","at":"monday"}"#,
            #"{"profile":"orders-read","as":"group:wheel"}"#,
            #"{"profile":"orders-read","as":"sub:github:x"}"#, #"{"profile":"orders-read","ttl":"1h"}"#,
            #"{"profile":"no such"}"#, #"{"profile":"orders-read","break_glass":"yes"}"#,
        ])
    func malformed(_ body: String) async throws {
        try await HTTPTestServer.run { server in
            let reply = try await ask(server, body)
            #expect(reply.status == 400)
        }
    }
}
