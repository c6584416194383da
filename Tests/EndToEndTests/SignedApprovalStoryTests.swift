import Foundation
import MayflyAPI
import MayflyTesting
import SQLClients
import Testing

/// A chat bot that signs with the very script that the README shows, the real binaries and a real server: `nobody` asks,
/// `games` owns the data, `mail` is security, `man` is another identity of `nobody`'s, and the bot is `lp`.
@Suite("Signed approvals, end to end", .enabled(if: getuid() == 0, "other users take root"))
struct SignedApprovalStoryTests {
    private static let script = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Config/examples/sign-approval.py").path

    /// What was approved, as the script takes it.
    private struct What: Encodable {
        var issuer = "https://chat.internal"
        var audience = "mayfly-test"
        var requester = "user:nobody"
        var profile = "orders-ddl"
        var ttlSeconds = 1800
        var reason: String? = "order 4711 is stuck"
        var ticket: String?
        var approvers = ["user:games", "user:mail"]
    }

    private func world() async throws -> World {
        let world = try await World.make()
        for name in ["chat", "attacker"] {
            try await TestCommand.run(
                ["openssl", "genpkey", "-algorithm", "ed25519", "-out", "\(world.directory)/\(name).pem"])
        }
        let keys = try await TestCommand.run([
            "/usr/bin/python3", Self.script, "jwks", "\(world.directory)/chat.pem",
        ])
        let path = "\(world.directory)/chat-jwks.json"
        try Data(keys.utf8).write(to: URL(filePath: path))
        #expect(chmod(path, 0o644) == 0)
        try world.configure([
            (
                "access:\n",
                """
                people: { nora: [ "user:nobody", "user:man" ] }
                approval_authorities:
                  chat: { issuer: "https://chat.internal", audience: mayfly-test, algorithms: [ EdDSA ], jwks_file: \(path) }
                access:
                  - name: ddl
                    who: [ "user:nobody", "user:man", "user:\(world.me)" ]
                    profiles: [ orders-ddl ]
                    max_ttl: 2h
                    authorities: [ chat ]
                    approval:
                      steps:
                        - { name: owner, approvers: [ "user:games", "user:man" ] }
                        - { name: security, approvers: [ "user:mail" ] }

                """
            )
        ])
        return world
    }

    /// - Returns: the file that holds it.
    private func sign(
        _ world: World, key: String = "chat", _ change: (inout What) -> Void = { _ in }
    ) async throws -> String {
        var what = What()
        change(&what)
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        let text = String(decoding: try encoder.encode(what), as: UTF8.self)
        let jws = try await TestCommand.run(
            ["/usr/bin/python3", Self.script, "sign", "\(world.directory)/\(key).pem"], input: text)
        let path = "\(world.directory)/\(UUID().uuidString).jws"
        try Data(jws.utf8).write(to: URL(filePath: path))
        #expect(chmod(path, 0o644) == 0)
        return path
    }

    private func request(
        _ world: World, _ approval: String, _ more: [String] = [], user: String = "nobody"
    ) async throws -> Program.Outcome {
        try await world.mayfly(
            [
                "request", "orders-ddl", "--ttl", "30m", "--reason", "order 4711 is stuck", "--no-wait",
                "--json",
            ]
                + ["--approval", approval] + more, user: user)
    }

    private func reply(_ outcome: Program.Outcome) throws -> RequestReply {
        guard outcome.status == 0 else { throw WorldFailure("\(outcome)") }
        return try MayflyJSON.decoder().decode(RequestReply.self, from: Data(outcome.output.utf8))
    }

    @Test(
        "What the bot signs is given at once, once, also after a restart; and delivered later it counts too")
    func story() async throws {
        let world = try await world()
        let daemon = try await world.startDaemon()
        let approval = try await sign(world)
        let credential = try #require(try reply(try await request(world, approval)).credential)
        let session = try await world.server.connect(
            as: credential.username, password: credential.password, database: credential.database)
        _ = try await session.query("CREATE TEMP TABLE t (x int)")
        await session.close()
        #expect(try await request(world, approval).status == 77)
        try await world.stop(daemon)
        let again = try await world.startDaemon()
        #expect(try await request(world, approval).status == 77)
        #expect(try await world.roles().count == 1)

        let half = try await sign(world) { $0.approvers = ["user:games"] }
        let waiting = try reply(try await request(world, half)).request
        #expect(waiting.state == .pending)
        #expect(waiting.votes.map(\.authority) == ["chat"])
        #expect(try await world.mayfly(["approve", waiting.id], user: "games").status == 77)
        let rest = try await sign(world) { $0.approvers = ["user:mail"] }
        let delivered = try await world.mayfly(["approve", waiting.id, "--signed", rest], user: "lp")
        #expect(delivered.status == 0, "\(delivered)")
        #expect(try await world.mayfly(["redeem", waiting.id, "--json"], user: "lp").status != 0)
        #expect(
            try reply(try await world.mayfly(["redeem", waiting.id, "--json"], user: "nobody")).credential
                != nil)
        try await world.stop(again)
        #expect(try await world.brokenAuditRecord() == nil)
    }

    @Test("No approval but for exactly this request by exactly these people gives anything")
    func attacks() async throws {
        let world = try await world()
        let daemon = try await world.startDaemon()
        let attacks: [(String, String)] = [
            ("signed by another key", try await sign(world, key: "attacker")),
            ("another audience", try await sign(world) { $0.audience = "mayfly-prod" }),
            ("another issuer", try await sign(world) { $0.issuer = "https://evil.example" }),
            ("another requester", try await sign(world) { $0.requester = "user:lp" }),
            ("another profile", try await sign(world) { $0.profile = "orders-read" }),
            ("a shorter TTL", try await sign(world) { $0.ttlSeconds = 900 }),
            ("another reason", try await sign(world) { $0.reason = "just so" }),
            ("no reason", try await sign(world) { $0.reason = nil }),
            ("a ticket that is not in the request", try await sign(world) { $0.ticket = "OPS-1" }),
            (
                "its requester as an approver",
                try await sign(world) { $0.approvers = ["user:nobody", "user:mail"] }
            ),
            (
                "its requester's other identity",
                try await sign(world) { $0.approvers = ["user:man", "user:mail"] }
            ),
            ("nobody as an approver", try await sign(world) { $0.approvers = ["user:mallory"] }),
            ("people who may not approve", try await sign(world) { $0.approvers = ["user:lp"] }),
        ]
        for (what, approval) in attacks {
            let outcome = try await request(world, approval)
            #expect(outcome.status == 77, "\(what): \(outcome)")
        }
        // Somebody else's, with the same words.
        #expect(try await request(world, try await sign(world), user: "man").status == 77)
        let good = try await sign(world)
        let other = try await world.mayfly(
            [
                "request", "orders-ddl", "--ttl", "1h", "--reason", "order 4711 is stuck", "--no-wait",
                "--json",
            ],
            user: "nobody")
        let waiting = try reply(other).request
        #expect(
            try await world.mayfly(["approve", waiting.id, "--signed", good], user: "nobody").status == 77)
        #expect(try await world.roles().isEmpty)
        #expect(try reply(try await request(world, good)).credential != nil)
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
    }
}
