import Foundation
import MayflyAPI
import MayflyTesting
import SQLClients
import Testing

/// What a DBA asks the real daemon about a real MariaDB.
@Suite(.serialized) struct RolesMariaDBTests {
    @Test(
        "Every state of an account is told beside its lease, orphans are reaped, and look-alikes are left alone"
    )
    func states() async throws {
        let world = try await MariaDBWorld.make()
        guard !world.server.isMySQL else { return }
        let daemon = try await world.startDaemon()
        let reply = try await world.request()
        let credential = try #require(reply.credential)
        let altered = try #require(try await world.request().lease).role
        let missing = try #require(try await world.request().lease).role
        let session = try await world.server.connect(
            as: credential.username, password: credential.password)
        let accounts = try await world.server.execute("SELECT User AS user, Host AS host FROM mysql.user")
        func account(_ role: String) throws -> String {
            let row = try #require(accounts.first { $0.values.first == role })
            return "`\(role)`@`\(try row.string("host"))`"
        }
        try await world.server.client(
            script: """
                GRANT SELECT ON mysql.* TO \(try account(altered)); DROP USER \(try account(missing));
                CREATE USER mf_e2e_lookalike@localhost;
                INSERT INTO mayfly.lease (lease, role, host, granted, verifier_sha256, requester, reason, created_at,
                                          valid_until, maker, made_at)
                    SELECT '9a7dff07-f9e0-4d24-a537-4fd655980511', 'mf_e2e_carol_aaaaaaaaaaaaa', host, granted,
                           verifier_sha256, 'carol', 'from another state', created_at, valid_until, maker, made_at
                      FROM mayfly.lease WHERE role = '\(credential.username)';
                """)
        let host = try account(credential.username).split(separator: "@")[1]
        try await world.server.client(
            script: "CREATE USER mf_e2e_carol_aaaaaaaaaaaaa@\(host) IDENTIFIED BY 'Carol-4711'")
        let outcome = try await world.mayfly(["roles", "--json"])
        let list = try MayflyJSON.decoder().decode(ServerRoleList.self, from: Data(outcome.output.utf8))
        func found(_ name: String) -> ServerRole? { list.roles.first { $0.role == name } }
        #expect(found(credential.username)?.state == .leased && found(credential.username)?.sessions == 1)
        // Unless the sweep, which comes each minute, was faster.
        let swept = try await world.leases().compactMap { $0.endReason == nil ? nil : $0.role }
        #expect(
            found(altered)?.alterations.contains { $0.contains("no lease may have") } == true
                || swept.contains(altered))
        #expect(found(missing)?.state == .missing || swept.contains(missing))
        #expect(found("mf_e2e_lookalike")?.state == .foreign)
        #expect(found("mf_e2e_carol_aaaaaaaaaaaaa")?.state == .orphan)
        #expect(found("mf_e2e_carol_aaaaaaaaaaaaa")?.requester == "carol")

        let id = try await session.query("SELECT CONNECTION_ID() AS id").only().string("id")
        let who = try await world.mayfly(["who", id, "--database", "stock"])
        #expect(who.status == 0 && who.output.contains(credential.username), "\(who)")
        let carol = try await world.mayfly(["who", "mf_e2e_carol_aaaaaaaaaaaaa"])
        #expect(carol.output.contains("carol") && carol.output.contains("guard's register"), "\(carol)")

        let reaped = try await world.mayfly(["reap", "--database", "stock", "--yes"])
        #expect(
            reaped.output.contains("dropped") && reaped.output.contains("only looks like ours"), "\(reaped)")
        let left = try await world.accounts()
        #expect(!left.contains("mf_e2e_carol_aaaaaaaaaaaaa") && left.contains("mf_e2e_lookalike"))
        #expect(left.contains(credential.username))
        _ = try await session.query("SELECT 1")
        try await eventually("the one with a power that no lease may have is revoked", within: .seconds(90)) {
            try await world.leases().first { $0.role == altered }?.endReason == .altered
        }
        await session.close()
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
    }
}
