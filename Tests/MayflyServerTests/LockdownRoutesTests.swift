import Foundation
import MayflyAPI
import MayflyCore
import MayflyTesting
import Testing

@testable import MayflyServer

/// Lockdowns and reviews over the socket: who gets through, and what is taken.
@Suite struct LockdownRoutesTests {
    @Test("Only administrators get to begin or end a lockdown, and a try of others is on record")
    func administrators() async throws {
        try await HTTPTestServer.run { server in
            for roles in [[], [Authority.auditor]] {
                server.broker.give(Set(roles))
                for path in ["/v1/lockdowns", "/v1/lockdowns/abcd/end"] {
                    let reply = try await server.call("POST", path, body: #"{"reason":"incident"}"#)
                    #expect(try reply.problem().code == .denied)
                }
            }
            #expect(server.broker.refused.map(\.action) == Array(repeating: .accessDenied, count: 4))
            server.broker.give([.administrator])
            let body = #"{"reason":"incident","database":"orders","for_seconds":60,"revoke":true}"#
            let reply = try await server.call("POST", "/v1/lockdowns", body: body)
            #expect(reply.status == 201, "\(reply.text)")
            let order = try #require(server.broker.lockdowns.first)
            #expect(order.seconds == 60 && order.revokes && order.reason.rawValue == "incident")
            guard case .database(let name) = order.scope else {
                Issue.record("\(order.scope)")
                return
            }
            #expect(name.rawValue == "orders")
        }
    }

    @Test(
        "What is unclear is refused before anything is stopped, and names the member",
        arguments: [
            (#"{}"#, "reason", 422), (#"{"reason":""}"#, "reason", 422),
            (#"{"reason":"a\u0007"}"#, "reason", 422),
            (#"{"reason":"a","databse":"orders"}"#, "databse", 400),
            (#"{"reason":"a","database":"orders","user":"alice"}"#, "user", 400),
            (#"{"reason":"a","database":"orders","profile":"orders-read"}"#, "profile", 400),
            (#"{"reason":"a","database":"or ders"}"#, "database", 400),
            (#"{"reason":"a","for_seconds":0}"#, "for_seconds", 400),
            (#"{"reason":"a","for_seconds":-1}"#, "for_seconds", 400),
            (#"{"reason":"a","for_seconds":31536001}"#, "for_seconds", 400),
            (#"{"reason":"a","for_seconds":"2h"}"#, "for_seconds", 400),
            (#"{"reason":"a","revoke":"yes"}"#, "revoke", 400),
        ])
    func unclear(_ body: String, _ field: String, _ status: Int) async throws {
        try await HTTPTestServer.run { server in
            server.broker.give([.administrator])
            let reply = try await server.call("POST", "/v1/lockdowns", body: body)
            #expect(reply.status == status)
            #expect(try reply.problem().field == field)
            #expect(server.broker.lockdowns.isEmpty)
        }
    }

    @Test(
        "A verdict is one of the two, with a note",
        arguments: [
            (#"{}"#, "verdict", 400), (#"{"verdict":"maybe","note":"a"}"#, "verdict", 400),
            (#"{"verdict":"justified"}"#, "note", 422), (#"{"verdict":"justified","note":" "}"#, "note", 422),
            (#"{"verdict":"justified","note":"a","by":"bob"}"#, "by", 400),
            (#"{"verdict":"justified","note":"a"}"#, "id", 404),
        ])
    func verdicts(_ body: String, _ field: String, _ status: Int) async throws {
        try await HTTPTestServer.run { server in
            let reply = try await server.call("POST", "/v1/reviews/abcd/conclude", body: body)
            #expect(reply.status == status)
            #expect(try reply.problem().field == field)
        }
    }

    @Test("How many reviews wait is for auditors to know")
    func counts() async throws {
        try await HTTPTestServer.run { server in
            let plain = try await server.call("GET", "/v1/reviews?state=open,overdue&mine=true")
                .decoded(as: ReviewList.self)
            #expect(plain.open == nil && plain.overdue == nil)
            server.broker.give([.auditor])
            let full = try await server.call("GET", "/v1/reviews").decoded(as: ReviewList.self)
            #expect(full.open == 2 && full.overdue == 1)
            #expect(try await server.call("GET", "/v1/reviews?after=x").problem().field == "after")
        }
    }
}
