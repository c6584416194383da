import Foundation
import MayflyAPI
import MayflyCore
import MayflyTesting
import SQLClients
import Testing
import TokenForge

/// A CI job with a token of a locally made issuer, the real binaries and a real server. Whoever runs the tests may have
/// `orders-read` by the socket's identity, and only the job `orders-ddl`: a call that falls back shows.
@Suite("CI jobs, end to end")
struct TokenStoryTests {
    private let key: ForgedKey

    init() async throws { key = try await ForgedKey(.rs256, id: "2026-1") }

    private func world() async throws -> World {
        let world = try await World.make()
        try write(try ForgedKey.set(key), "jwks.json", world)
        try world.configure([
            (
                "access:\n",
                """
                identity_issuers:
                  github:
                    issuer: https://tokens.example
                    audience: mayfly-test
                    algorithms: [ RS256 ]
                    jwks_file: \(world.directory)/jwks.json
                access:
                  - name: deployments
                    who: [ { issuer: github, claims: { repository: "acme/*", ref: refs/heads/main } } ]
                    profiles: [ orders-ddl ]

                """
            ),
            ("profiles: [ orders-read, orders-ddl ]", "profiles: [ orders-read ]"),
        ])
        return world
    }

    private func write(_ bytes: some Sequence<UInt8>, _ name: String, _ world: World) throws {
        let path = "\(world.directory)/\(name)"
        try Data(bytes).write(to: URL(filePath: path))
        #expect(chmod(path, 0o644) == 0)
    }

    private func claims(_ changes: [String: Any] = [:]) -> [String: Any] {
        let now = Int(Date().timeIntervalSince1970)
        let claims: [String: Any] = [
            "iss": "https://tokens.example", "aud": "mayfly-test",
            "sub": "repo:acme/orders:ref:refs/heads/main",
            "repository": "acme/orders", "ref": "refs/heads/main", "iat": now - 5, "exp": now + 300,
            "jti": "run-4711",
        ]
        return claims.merging(changes) { $1 }
    }

    /// - Parameter token: in the environment, as GitLab gives it.
    private func mayfly(_ arguments: [String], token: String, _ world: World) async throws -> Program.Outcome
    {
        try await Program.run(
            "mayfly", arguments, environment: ["MAYFLY_SOCKET": world.socket, "MAYFLY_ID_TOKEN": token])
    }

    @Test(
        "A job gets a lease by its claims, uses it with its next token, and both identities are on the record"
    )
    func job() async throws {
        let world = try await world()
        let daemon = try await world.startDaemon()
        let token = try key.token(claims())
        let who = try await mayfly(["whoami"], token: token, world)
        #expect(who.output.contains("repo:acme/orders:ref:refs/heads/main (issuer github)"), "\(who)")
        #expect(who.output.contains("user    \(world.me)") || who.output.contains(world.me), "\(who)")

        let file = "\(world.directory)/token"
        try write(token.utf8, "token", world)
        let reply = try await Program.run(
            "mayfly", ["request", "orders-ddl", "--token-file", file, "--json"],
            environment: ["MAYFLY_SOCKET": world.socket])
        #expect(reply.status == 0, "\(reply)")
        let issued = try MayflyJSON.decoder().decode(RequestReply.self, from: Data(reply.output.utf8))
        let credential = try #require(issued.credential)
        let lease = try #require(issued.lease)
        #expect(lease.requesterIdentity == "sub:github:repo:acme/orders:ref:refs/heads/main")
        let session = try await world.server.connect(
            as: credential.username, password: credential.password, database: credential.database)
        _ = try await session.query("CREATE TABLE built (x int)")
        await session.close()
        // A DBA sees in the server whose role it is.
        let comments = try await world.server.execute(
            "SELECT shobj_description(oid, 'pg_authid') AS c FROM pg_roles WHERE rolname = '\(credential.username)'"
        )
        #expect(
            try comments.first?.string("c").contains("sub:github:repo:acme/orders:ref:refs/heads/main")
                == true)

        let next = try key.token(claims(["jti": "run-4711-2"]))
        #expect(try await mayfly(["renew", lease.id, "--ttl", "20m"], token: next, world).status == 0)
        let other = try key.token(claims(["sub": "repo:acme/other:ref:refs/heads/main"]))
        #expect(try await mayfly(["lease", lease.id], token: other, world).status == 66)
        #expect(try await mayfly(["revoke", lease.id, "--yes"], token: other, world).status != 0)
        let run = try await mayfly(["exec", "orders-ddl", "--", "printenv", "PGUSER"], token: next, world)
        #expect(run.status == 0 && run.output.hasPrefix("mf_e2e_"), "\(run)")
        #expect(try await mayfly(["revoke", lease.id, "--yes"], token: next, world).status == 0)

        let audit = try await world.mayfly(["audit", "--json", "--limit", "100"])
        #expect(audit.output.contains("\"subject\" : \"repo:acme/orders:ref:refs/heads/main\""))
        #expect(audit.output.contains("run-4711"))
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
        // No token is anywhere: not on record, not in the log.
        let signature = try #require(token.split(separator: ".").last.map(String.init))
        let log = try daemon.errors()
        #expect(!log.contains(signature))
        for name in try FileManager.default.contentsOfDirectory(atPath: world.directory)
        where name.hasPrefix("mayfly.db") {
            let bytes = try Data(contentsOf: URL(filePath: "\(world.directory)/\(name)"))
            #expect(bytes.range(of: Data(signature.utf8)) == nil, "\(name)")
        }
    }

    @Test(
        "Every bad token is refused with its kind and recorded, and nobody gets by it what the socket alone would give"
    )
    func attacks() async throws {
        let world = try await world()
        let daemon = try await world.startDaemon()
        let attacker = try await ForgedKey(.rs256, id: "2026-1")
        let unknown = try await ForgedKey(.rs256, id: "2026-2")
        let good = try key.token(claims())
        let parts = good.split(separator: ".")
        let unsigned = try key.token(claims(), header: ["alg": "none"]).split(separator: ".")
        let now = Int(Date().timeIntervalSince1970)
        let attacks: [(String, String)] = [
            (try key.token(claims(["exp": now - 120, "iat": now - 600])), "expired"),
            (try key.token(claims(["nbf": now + 600])), "not_yet_valid"),
            (try key.token(claims(["aud": "mayfly-prod"])), "audience"),
            (try key.token(claims(["iss": "https://tokens.example.evil"])), "issuer"),
            ("\(unsigned[0]).\(unsigned[1]).", "algorithm"),
            (
                try ForgedKey.hmac(
                    claims(), header: ["alg": "HS256", "kid": "2026-1"], secret: key.publicPEM), "algorithm"
            ),
            (try unknown.token(claims()), "unknown_key"), (try attacker.token(claims()), "signature"),
            (try key.token(claims(["sub": ["repo:acme/orders"]])), "claims"),
            (try key.token(claims(["exp": "tomorrow"])), "claims"),
            ("\(parts[0]).\(parts[1])", "malformed"),
        ]
        for (token, failure) in attacks {
            // What the socket's own identity would be given.
            let outcome = try await mayfly(["request", "orders-read", "--json"], token: token, world)
            #expect(outcome.status == 77, "\(failure): \(outcome)")
            #expect(!outcome.errors.contains(token.prefix(40)), "\(outcome)")
        }
        // The command sends no token that is too large; others may.
        let huge = try key.token(claims(["x": String(repeating: "x", count: 12_400)]))
        #expect(try await mayfly(["whoami"], token: huge, world).status == 77)
        let refused = try await HTTPRawConnection(world.socket).call(
            "GET", "/v1/whoami", headers: ["Host: localhost", "Authorization: Bearer \(huge)"])
        #expect(refused.status == 401)
        // A claim that is no match is no mistake: the policy says no.
        let branch = try key.token(claims(["ref": "refs/heads/feature"]))
        #expect(try await mayfly(["request", "orders-ddl", "--json"], token: branch, world).status == 77)
        let listed = try key.token(claims(["ref": ["refs/heads/main"]]))
        #expect(try await mayfly(["request", "orders-ddl", "--json"], token: listed, world).status == 77)
        #expect(try await world.roles().isEmpty)
        let audit = try await world.mayfly(["audit", "--action", "access.denied", "--json", "--limit", "100"])
        for failure in attacks.map(\.1) + ["too_large"] {
            #expect(audit.output.contains("\"\(failure)\""), "\(failure)")
        }

        // The issuer's keys are rotated: the file is read again, and what the old one signed is not taken.
        try write(try ForgedKey.set(unknown), "jwks.json", world)
        #expect(try await mayfly(["whoami"], token: try unknown.token(claims()), world).status == 0)
        #expect(try await mayfly(["whoami"], token: good, world).status == 77)
        // Without keys nobody is believed, and that is no mistake of the token's.
        try FileManager.default.removeItem(atPath: "\(world.directory)/jwks.json")
        #expect(try await mayfly(["whoami"], token: try unknown.token(claims()), world).status == 75)
        try await world.stop(daemon)
    }
}
