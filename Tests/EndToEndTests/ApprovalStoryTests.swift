import Foundation
import MayflyAPI
import MayflyTesting
import SQLClients
import Testing

/// Several Unix users, the real binaries and a real server: `nobody` asks, `games` owns the data, `mail` is security,
/// `lp` is on call, and `man` is another identity of whoever `nobody` is, and in every group of approvers.
@Suite("Approval, end to end", .enabled(if: getuid() == 0, "other users take root"))
struct ApprovalStoryTests {
    private func world(escalation: String = "15m") async throws -> World {
        let world = try await World.make()
        try world.configure([
            (
                "access:\n",
                """
                people: { nora: [ "user:nobody", "user:man" ] }
                access:
                  - name: ddl
                    who: [ "user:nobody", "user:man", "user:\(world.me)" ]
                    profiles: [ orders-ddl ]
                    max_ttl: 2h
                    outcome: approval
                    approval:
                      steps:
                        - name: owner
                          approvers: [ "user:games", "user:man" ]
                          escalate: { after: \(escalation), to: [ "user:lp" ] }
                        - { name: security, approvers: [ "user:mail", "user:man", "user:games" ] }

                """
            )
        ])
        return world
    }

    private func pending(_ world: World, ttl: String = "30m") async throws -> AccessRequest {
        let outcome = try await world.mayfly(
            ["request", "orders-ddl", "--ttl", ttl, "--reason", "INC-7", "--no-wait", "--json"],
            user: "nobody")
        guard outcome.status == 0 else { throw WorldFailure("not pending: \(outcome)") }
        let reply = try MayflyJSON.decoder().decode(RequestReply.self, from: Data(outcome.output.utf8))
        #expect(reply.credential == nil)
        #expect(reply.request.state == .pending)
        return reply.request
    }

    private func status(_ arguments: [String], _ user: String, _ world: World) async throws -> Int32 {
        let outcome = try await world.mayfly(arguments, user: user)
        if outcome.status == 70 { Issue.record("\(outcome)") }
        return outcome.status
    }

    private func redeem(_ id: String, _ world: World) async throws -> RequestReply {
        let outcome = try await world.mayfly(["redeem", id, "--json"], user: "nobody")
        guard outcome.status == 0 else { throw WorldFailure("not redeemed: \(outcome)") }
        return try MayflyJSON.decoder().decode(RequestReply.self, from: Data(outcome.output.utf8))
    }

    @Test("The owner approves, then security, and the credential works; nobody else gets there by any way")
    func story() async throws {
        let world = try await world()
        let daemon = try await world.startDaemon()
        let id = try await pending(world).id
        #expect(try await world.roles().isEmpty)
        #expect(try await status(["redeem", id], "nobody", world) == 73)
        #expect(try await status(["approve", id], "nobody", world) == 77)
        #expect(try await status(["approve", id], "man", world) == 77)
        #expect(try await status(["approve", id], "lp", world) == 66)
        #expect(try await status(["approve", id], "mail", world) == 77)
        let seen = try await world.mayfly(["requests", String(id.prefix(8))], user: "games")
        #expect(seen.output.contains("INC-7"), "\(seen)")
        #expect(seen.output.contains("first request"), "\(seen)")
        #expect(seen.output.contains("CREATE, USAGE on schema public"), "\(seen)")
        #expect(
            try await world.mayfly(["requests", "--to-approve", "--names"], user: "games").output == id + "\n"
        )
        #expect(try await status(["approve", id, "--reason", "fine"], "games", world) == 0)
        // One person counts once, in one step only, though both steps name them.
        #expect(try await status(["approve", id], "games", world) == 77)
        #expect(
            try await world.mayfly(["requests", "--to-approve", "--names"], user: "games").output.isEmpty)
        #expect(try await status(["approve", id], "mail", world) == 0)
        #expect(try await status(["wait", id], "nobody", world) == 0)
        #expect(try await status(["redeem", id], "games", world) == 77)
        #expect(try await world.roles().isEmpty)

        let credential = try #require(try await redeem(id, world).credential)
        let session = try await world.server.connect(
            as: credential.username, password: credential.password, database: credential.database)
        _ = try await session.query("CREATE TEMP TABLE t (x int)")
        await session.close()
        #expect(try await world.roles() == [credential.username])
        #expect(try await status(["redeem", id], "nobody", world) == 73)
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
    }

    @Test("`request --wait` tells who can approve, and ends with the credential; so does `exec`")
    func waiting() async throws {
        let world = try await world()
        let daemon = try await world.startDaemon()
        for arguments in [
            ["request", "orders-ddl", "--wait", "--json"],
            ["exec", "orders-ddl", "--", "printenv", "PGUSER"],
        ] {
            let waiting = try Program(
                "mayfly", arguments, environment: ["MAYFLY_SOCKET": world.socket], user: "nobody")
            var id = ""
            try await eventually("the request is there") {
                id = try await world.mayfly(["requests", "--to-approve", "--names"], user: "games").output
                    .trimmingCharacters(in: .newlines)
                return !id.isEmpty
            }
            try await eventually("it says who can approve: \(try waiting.errors())") {
                try waiting.errors().contains("step owner: 0 of 1 approved; can approve: user:games")
            }
            #expect(try await status(["approve", id], "games", world) == 0)
            #expect(try await status(["approve", id], "mail", world) == 0)
            let outcome = try await waiting.outcome()
            #expect(outcome.status == 0, "\(outcome)")
            #expect(outcome.output.contains("mf_e2e_nobody_"), "\(outcome)")
        }
        try await world.stop(daemon)
    }

    @Test("Ctrl-C leaves a request waiting and says how to go on; for exec it takes it back")
    func interrupted() async throws {
        let world = try await world()
        let daemon = try await world.startDaemon()
        for (arguments, status, state) in [
            (["request", "orders-ddl", "--wait"], Int32(130), RequestState.pending),
            (["exec", "orders-ddl", "--", "true"], -SIGINT, .withdrawn),
        ] {
            let waiting = try Program("mayfly", arguments, environment: ["MAYFLY_SOCKET": world.socket])
            try await eventually("it waits") { try waiting.errors().contains("step owner") }
            waiting.signal(SIGINT)
            let outcome = try await waiting.outcome()
            #expect(outcome.status == status, "\(outcome)")
            let list = try await world.mayfly(["requests", "--mine", "--json"]).output
            let last = try MayflyJSON.decoder().decode(RequestList.self, from: Data(list.utf8)).requests.first
            #expect(last?.state == state)
            guard state == .pending, let id = last?.id else { continue }
            #expect(outcome.errors.contains("'mayfly redeem \(id)'"), "\(outcome)")
        }
        try await world.stop(daemon)
    }

    @Test("A denial ends the waiting with its reason; what is withdrawn is over for its approvers too")
    func endings() async throws {
        let world = try await world()
        let daemon = try await world.startDaemon()
        let denied = try await pending(world).id
        #expect(try await status(["deny", denied], "games", world) == 64)
        #expect(try await status(["deny", denied, "--reason", "use the replica"], "mail", world) == 0)
        let told = try await world.mayfly(["wait", denied], user: "nobody")
        #expect(told.status == 77 && told.errors.contains("denied by mail: use the replica"), "\(told)")
        let withdrawn = try await pending(world).id
        #expect(try await status(["withdraw", withdrawn], "games", world) == 77)
        #expect(try await status(["withdraw", withdrawn], "nobody", world) == 0)
        #expect(try await status(["approve", withdrawn], "games", world) == 73)
        #expect(try await status(["wait", withdrawn], "nobody", world) == 73)
        try await world.stop(daemon)
    }

    @Test("Votes and escalations outlive a killed daemon")
    func restart() async throws {
        let world = try await world(escalation: "3s")
        var daemon = try await world.startDaemon()
        let id = try await pending(world).id
        daemon.signal(SIGKILL)
        _ = try await daemon.outcome()
        daemon = try await world.startDaemon()
        try await eventually("the step is escalated") {
            try await world.mayfly(["approve", id], user: "lp").status == 0
        }
        daemon.signal(SIGKILL)
        _ = try await daemon.outcome()
        daemon = try await world.startDaemon()
        #expect(try await status(["approve", id], "mail", world) == 0)
        _ = try await redeem(id, world)
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
    }

    @Test(
        "`wait` outlives a daemon that is killed, says who can approve and when more are asked, and ends with the vote"
    )
    func waitingAcrossRestarts() async throws {
        let world = try await world()
        var daemon = try await world.startDaemon()
        let id = try await pending(world).id
        let waiting = try Program(
            "mayfly", ["wait", id], environment: ["MAYFLY_SOCKET": world.socket], user: "nobody")
        try await eventually("it says who can approve") {
            let said = try waiting.errors()
            return said.contains("step owner: 0 of 1 approved; can approve: user:games")
                && said.contains("more are asked at")
        }
        daemon.signal(SIGKILL)
        _ = try await daemon.outcome()
        daemon = try await world.startDaemon()
        #expect(try await status(["approve", id], "games", world) == 0)
        try await eventually("it tells of the next step") {
            try waiting.errors().contains("step security: 0 of 1 approved; can approve: user:mail")
        }
        try await world.stop(daemon)
        daemon = try await world.startDaemon()
        #expect(try await status(["approve", id], "mail", world) == 0)
        let outcome = try await waiting.outcome()
        #expect(outcome.status == 0, "\(outcome)")
        #expect(outcome.output.contains("is approved"), "\(outcome)")
        try await world.stop(daemon)
    }

    @Test(
        "Without a terminal nobody is waited for: 73 tells that there is no credential yet, and --json has it in data"
    )
    func pendingStatus() async throws {
        let world = try await world()
        let daemon = try await world.startDaemon()
        let text = try await world.mayfly(
            ["request", "orders-ddl", "--reason", "INC-7", "--format", "env"], user: "nobody")
        #expect(text.status == 73, "\(text)")
        #expect(text.output.isEmpty, "\(text)")
        #expect(text.errors.contains("no credential yet: request "), "\(text)")
        #expect(text.errors.contains("'mayfly redeem "), "\(text)")
        #expect(try await pending(world).state == .pending)
        try await world.stop(daemon)
    }

    @Test("An extension goes through the same steps while the lease goes on, and moves the end in the server")
    func extending() async throws {
        let world = try await world()
        let daemon = try await world.startDaemon()
        let first = try await pending(world, ttl: "10m").id
        for user in ["games", "mail"] { #expect(try await status(["approve", first], user, world) == 0) }
        let reply = try await redeem(first, world)
        let (lease, role) = (try #require(reply.lease), try #require(reply.credential).username)
        let before = try await validUntil(role, world)
        #expect(try await status(["renew", lease.id, "--ttl", "30m"], "nobody", world) == 65)
        #expect(try await status(["extend", lease.id, "--ttl", "1h"], "games", world) == 66)
        let asked = try await world.mayfly(
            ["extend", lease.id, "--ttl", "1h", "--reason", "longer", "--json"], user: "nobody")
        #expect(asked.status == 0, "\(asked)")
        let request = try MayflyJSON.decoder().decode(ExtendReply.self, from: Data(asked.output.utf8)).request
        #expect(try await validUntil(role, world) == before)
        #expect(try await status(["approve", request.id], "man", world) == 77)
        for user in ["games", "mail"] {
            #expect(try await status(["approve", request.id], user, world) == 0)
        }
        #expect(try await validUntil(role, world) >= before.addingTimeInterval(3590))
        let shown = try await world.mayfly(["lease", lease.id, "--json"], user: "nobody")
        let after = try MayflyJSON.decoder().decode(MayflyAPI.Lease.self, from: Data(shown.output.utf8))
        #expect(abs(after.expiresAt.timeIntervalSince(lease.expiresAt) - 3600) < 0.01)
        try await world.stop(daemon)
    }

    private func validUntil(_ role: String, _ world: World) async throws -> Date {
        let seconds = try await world.server.execute(
            "SELECT extract(epoch FROM rolvaliduntil)::text AS at FROM pg_roles WHERE rolname = $1", [role]
        ).only().string("at")
        return Date(timeIntervalSince1970: try #require(Double(seconds)))
    }
}
