import Foundation
import MayflyAPI
import MayflyCore
import MayflyTesting
import Testing

@testable import MayflyServer

/// How a code comes with a call.
@Suite struct CodeHeaderTests {
    private static let body = #"{"profile":"orders-read"}"#
    private static let head = "Host: localhost"

    @Test("A right code goes with its call; a wrong one refuses it, also where none is demanded")
    func codes() async throws {
        try await HTTPTestServer.run { server in
            let right = try await server.call(
                "POST", "/v1/requests", headers: [Self.head, "Mayfly-Code: 123456"], body: Self.body)
            #expect(right.status == 201)
            #expect(server.broker.proofs == ["create_request"])
            let wrong = try await server.call(
                "POST", "/v1/requests", headers: [Self.head, "mayfly-code: 654321"], body: Self.body)
            #expect(wrong.status == 403)
            #expect(try wrong.problem().code == .mfaInvalid)
            #expect(server.broker.issued == 1)
            let none = try await server.call("POST", "/v1/requests", headers: [Self.head], body: Self.body)
            #expect(none.status == 201)
            #expect(server.broker.proofs.count == 2)
        }
    }

    @Test(
        "What is not one code is refused, never repeated, and uses none up",
        arguments: [
            ["Mayfly-Code: 12345"], ["Mayfly-Code: 1234567"], ["Mayfly-Code: 12345a"], ["Mayfly-Code: "],
            ["Mayfly-Code: 123 456"], ["Mayfly-Code: 123456", "Mayfly-Code: 123457"],
            ["Mayfly-Code: 123456,123457"],
        ])
    func malformed(_ headers: [String]) async throws {
        try await HTTPTestServer.run { server in
            let reply = try await server.call(
                "POST", "/v1/requests", headers: [Self.head] + headers, body: Self.body)
            #expect(reply.status == 400)
            #expect(try reply.problem().field == "Mayfly-Code")
            #expect(!reply.text.contains("12345"))
            #expect(server.broker.proofs.isEmpty)
            #expect(server.broker.issued == 0)
            #expect(!server.broker.refused.map { "\($0)" }.joined().contains("12345"))
        }
    }

    @Test("A mistake in the call costs no code, and a call that takes none says so")
    func notUsedUp() async throws {
        try await HTTPTestServer.run { server in
            let headers = [Self.head, "Mayfly-Code: 123456"]
            let calls: [(String, String, String?)] = [
                ("POST", "/v1/requests", #"{"profil":"orders-read"}"#), ("POST", "/v1/requests", "{"),
                ("GET", "/v1/whoami", nil), ("POST", "/v1/mfa/enroll", nil),
                ("POST", "/v1/mfa/confirm", #"{"code":"123456"}"#), ("POST", "/v1/explain", Self.body),
            ]
            for (method, path, body) in calls {
                let reply = try await server.call(method, path, headers: headers, body: body)
                #expect(reply.status == 400, "\(path)")
            }
            #expect(server.broker.proofs.isEmpty)
        }
    }

    @Test("Resetting is for administrators, whoever the broker would let")
    func reset() async throws {
        try await HTTPTestServer.run { server in
            let body = #"{"who":"uid:4000000001","reason":"gone"}"#
            #expect(try await server.call("POST", "/v1/mfa/reset", body: body).problem().code == .denied)
            server.broker.give([.auditor])
            #expect(try await server.call("POST", "/v1/mfa/reset", body: body).problem().code == .denied)
            server.broker.give([.administrator])
            let reply = try await server.call("POST", "/v1/mfa/reset", body: body)
            // Whose account was deleted still has a uid.
            #expect(try reply.decoded(as: MFAStatus.self).person == "uid:4000000001")
            for wrong in [#"{"who":"alice"}"#, #"{"reason":"x"}"#, #"{"who":"alice","reason":""}"#] {
                #expect(try await server.call("POST", "/v1/mfa/reset", body: wrong).status >= 400)
            }
        }
    }
}
