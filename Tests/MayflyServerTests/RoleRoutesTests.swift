import Foundation
import MayflyAPI
import MayflyCore
import MayflyTesting
import Testing

@testable import MayflyServer

/// Reaping over the socket: who gets through, and what is taken.
@Suite struct RoleRoutesTests {
    private static let path = "/v1/databases/orders/reap"

    @Test("Only administrators get to reap, and a try of others is on record")
    func administrators() async throws {
        try await HTTPTestServer.run { server in
            for roles in [[], [Authority.auditor]] {
                server.broker.give(Set(roles))
                let reply = try await server.call("POST", Self.path, body: #"{"dry_run":true}"#)
                #expect(try reply.problem().code == .denied)
            }
            #expect(server.broker.refused.map(\.action) == [.accessDenied, .accessDenied])
            server.broker.give([.administrator])
            let body = #"{"keep":true,"roles":["a","b"],"reason":"restored"}"#
            let reply = try await server.call("POST", Self.path, body: body)
            #expect(reply.status == 200, "\(reply.text)")
            let order = try #require(server.broker.reaped.first)
            #expect(
                order.choice == .keep && order.roles == ["a", "b"] && order.reason?.rawValue == "restored")
            #expect(order.database.rawValue == "orders")
        }
    }

    @Test(
        "What is unclear ends nothing: a body that was lost, a misspelt member, another type",
        arguments: [
            ("", "roles"), ("{}", "roles"), (#"{"keep":true}"#, "roles"), (#"{"dry_run":false}"#, "roles"),
            (#"{"dryrun":true}"#, "dryrun"), (#"{"roles":"mf_a"}"#, "roles"), (#"{"roles":[1]}"#, "roles"),
            (#"{"roles":["a"],"keep":"yes"}"#, "keep"),
        ])
    func unclear(_ body: String, _ field: String) async throws {
        try await HTTPTestServer.run { server in
            server.broker.give([.administrator])
            let reply = try await server.call("POST", Self.path, body: body)
            #expect(reply.status == 400, "\(reply.text)")
            #expect(try reply.problem().field == field)
            #expect(server.broker.reaped.isEmpty)
        }
    }
}
