import MayflyTesting
import SQLClients
import Testing

extension GuardAttack {
    /// Repeated and racing calls, and the ceilings.
    @Suite struct Issues {
        @Test func aRepeatedMemberIsAnsweredAsBefore() async throws {
            let guarded = try await GuardAttackServer.shared()
            let member = GuardAttackMember()
            let first = try await guarded.call("issue", "[\(member.json)]").only()
            let second = try await guarded.call("issue", "[\(member.json)]").only()
            #expect(try first.string("role_oid") == second.string("role_oid"))
            #expect(try first.string("valid_until") == second.string("valid_until"))
            try expectCode(second, "00000")
            // But not with another verifier or name, nor once it is over.
            let other = member.with("verifier", "\"\(GuardAttackServer.makeVerifier("other"))\"")
            try expectCode(try await guarded.call("issue", "[\(other.json)]").only(), "42710")
            let renamed = member.with("role", "\"\(GuardAttackMember.randomRole())\"")
            try expectCode(try await guarded.call("issue", "[\(renamed.json)]").only(), "42710")
            let lease = GuardAttackLease(id: member.lease, role: member.role, oid: try first.int("role_oid"))
            try await guarded.lockAndTerminate(lease)
            _ = try await guarded.call("drop", lease)
            try expectCode(try await guarded.call("issue", "[\(member.json)]").only(), "42710")
        }

        @Test func aVerifierIsReplacedOnlyWhileTheRoleIsUnused() async throws {
            let guarded = try await GuardAttackServer.shared()
            let lease = try await guarded.issue()
            let fresh =
                #"[{"lease": "\#(lease.id)", "verifier": "\#(GuardAttackServer.makeVerifier("fresh"))"}]"#
            try expectCode(try await guarded.call("replace_verifier", fresh).only(), "00000")
            await expectSQLState("28P01") { _ = try await guarded.leaser(lease) }
            #expect(try await !guarded.find(lease).bool("altered"))

            let session = try await guarded.server.connect(as: lease.role, password: "fresh", database: "app")
            try expectCode(try await guarded.call("replace_verifier", fresh).only(), "MF008")
            // Seen once is seen for ever.
            let broker = try await guarded.broker()
            _ = try await broker.query("SELECT * FROM mayfly.sessions()")
            await session.close()
            try await eventually("the session ends") {
                try await broker.query("SELECT lease FROM mayfly.sessions()").allSatisfy {
                    try $0.string("lease") != lease.id
                }
            }
            try expectCode(try await guarded.call("replace_verifier", fresh).only(), "MF008")

            let old = try await guarded.issue()
            try await guarded.server.execute(
                "UPDATE mayfly.lease SET created_at = created_at - interval '5 min' WHERE lease = '\(old.id)'",
                database: "mayfly")
            let batch = ForeignRoles.batch("replace_verifier", old.id)
            try expectCode(try await guarded.call("replace_verifier", batch).only(), "MF008")
            let plain = #"[{"lease": "\#(old.id)", "verifier": "hunter2"}]"#
            try expectCode(try await guarded.call("replace_verifier", plain).only(), "MF001")
        }

        @Test func renewNeverShortensAndCountsTheCeilingFromCreation() async throws {
            let guarded = try await GuardAttackServer.shared()
            let lease = try await guarded.issue()
            let before = try await guarded.find(lease).string("valid_until")
            let shorter = #"[{"lease": "\#(lease.id)", "ttl_seconds": 1}]"#
            #expect(try await guarded.call("renew", shorter).only().string("valid_until") == before)
            let over = #"[{"lease": "\#(lease.id)", "ttl_seconds": 28801}]"#
            try expectCode(try await guarded.call("renew", over).only(), "MF005")
            // An hour has passed since: the ceiling is 8 hours from creation, not from now.
            try await guarded.server.execute(
                "UPDATE mayfly.lease SET created_at = created_at - interval '1 h' WHERE lease = '\(lease.id)'",
                database: "mayfly")
            let creeping = #"[{"lease": "\#(lease.id)", "ttl_seconds": 25300}]"#
            try expectCode(try await guarded.call("renew", creeping).only(), "MF005")
            let within = #"[{"lease": "\#(lease.id)", "ttl_seconds": 25100}]"#
            try expectCode(try await guarded.call("renew", within).only(), "00000")
            #expect(try await guarded.find(lease).string("valid_until") > before)
        }

        @Test(arguments: [(live: 10, rate: 1000, code: "MF006"), (live: 1000, rate: 10, code: "MF007")])
        func twoConnectionsTogetherStayUnderTheCeiling(live: Int, rate: Int, code: String) async throws {
            let guarded = try await GuardAttackServer.start(maxLive: live, maxIssuesPerMinute: rate)
            let batches = (0..<4).map { _ in (0..<8).map { _ in GuardAttackMember() } }
            let codes = try await withThrowingTaskGroup(of: [String].self) { group in
                for batch in batches {
                    group.addTask {
                        let json = "[" + batch.map(\.json).joined(separator: ",") + "]"
                        return try await guarded.call("issue", json).map { try $0.string("sqlstate") }
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(codes.count { $0 == "00000" } == 10)
            #expect(codes.count { $0 == code } == 22)
            let made = try await guarded.server.execute(
                "SELECT FROM pg_roles WHERE rolname LIKE 'mf\\_t1\\_%'")
            #expect(made.count == 10)
            let registered = try await guarded.server.execute("SELECT FROM mayfly.lease", database: "mayfly")
            #expect(registered.count == 10)
        }

        @Test(arguments: [(live: 1, rate: 1000, code: "MF006"), (live: 1000, rate: 1, code: "MF007")])
        func theLastPlaceIsGivenOnceAlsoWhileItsTakerHasNotCommitted(
            live: Int, rate: Int, code: String
        ) async throws {
            let guarded = try await GuardAttackServer.start(maxLive: live, maxIssuesPerMinute: rate)
            let first = try await guarded.broker()
            _ = try await first.query("BEGIN")
            let taken = try await first.query(
                "SELECT * FROM mayfly.issue($1::jsonb)", ["[\(GuardAttackMember().json)]"])
            try expectCode(try taken.only(), "00000")
            async let second = guarded.call("issue", "[\(GuardAttackMember().json)]")
            try await eventually("the second waits for the first") {
                try await !guarded.server.execute(
                    "SELECT FROM pg_stat_activity WHERE datname = 'mayfly' AND wait_event_type = 'Lock'"
                ).isEmpty
            }
            _ = try await first.query("COMMIT")
            try expectCode(try await second.only(), code)
        }

        @Test func endedLeasesMakeRoomAndNoMore() async throws {
            let guarded = try await GuardAttackServer.start(maxLive: 3)
            func codes(_ count: Int) async throws -> [String] {
                let members = (0..<count).map { _ in GuardAttackMember().json }
                return try await guarded.call("issue", "[\(members.joined(separator: ","))]").map {
                    try $0.string("sqlstate")
                }
            }
            var leases: [GuardAttackLease] = []
            for _ in 0..<3 { leases.append(try await guarded.issue()) }
            #expect(try await codes(1) == ["MF006"])
            for lease in leases.prefix(2) {
                try await guarded.lockAndTerminate(lease)
                #expect(try await guarded.call("drop", lease).string("state") == "dropped")
            }
            // One that is locked lives.
            _ = try await guarded.call("lock", leases[2])
            #expect(try await codes(3) == ["00000", "00000", "MF006"])
            #expect(try await codes(1) == ["MF006"])
            // What somebody else dropped counts until that was found.
            try await guarded.server.execute("DROP ROLE \(leases[2].role)")
            #expect(try await codes(1) == ["MF006"])
            #expect(try await guarded.call("drop", leases[2]).string("state") == "gone")
            #expect(try await codes(2) == ["00000", "MF006"])
            // The DBA's ceiling is in force at once, both ways.
            try await guarded.server.execute("UPDATE mayfly.guard SET max_live = 1", database: "mayfly")
            #expect(try await codes(1) == ["MF006"])
            try await guarded.server.execute("UPDATE mayfly.guard SET max_live = 4", database: "mayfly")
            #expect(try await codes(2) == ["00000", "MF006"])
        }

        @Test func aLostRowOfTheCeilingsStopsIssuesAndRenewals() async throws {
            let guarded = try await GuardAttackServer.start()
            let lease = try await guarded.issue()
            for (table, renewed) in [("issued", "00000"), ("guard", "MF005")] {
                try await guarded.server.execute(
                    "CREATE TABLE public.kept AS SELECT * FROM mayfly.\(table)", database: "mayfly")
                try await guarded.server.execute("DELETE FROM mayfly.\(table)", database: "mayfly")
                let member = GuardAttackMember()
                try expectCode(try await guarded.call("issue", "[\(member.json)]").only(), "MF006")
                let made = try await guarded.server.execute(
                    "SELECT FROM pg_roles WHERE rolname = $1", [member.role])
                #expect(made.isEmpty)
                let longer = #"[{"lease": "\#(lease.id)", "ttl_seconds": 3600}]"#
                try expectCode(try await guarded.call("renew", longer).only(), renewed)
                try await guarded.server.execute(
                    "INSERT INTO mayfly.\(table) SELECT * FROM public.kept", database: "mayfly")
                // Nor is there a second row to be read instead.
                await expectSQLState("23505") {
                    try await guarded.server.execute(
                        "INSERT INTO mayfly.\(table) SELECT * FROM public.kept", database: "mayfly")
                }
                try await guarded.server.execute("DROP TABLE public.kept", database: "mayfly")
            }
            _ = try await guarded.issue()
        }

        @Test func aFailedCallLeavesNeitherRoleNorRow() async throws {
            let guarded = try await GuardAttackServer.shared()
            let member = GuardAttackMember()
            let broker = try await guarded.broker()
            _ = try await broker.query("BEGIN")
            let row = try await broker.query("SELECT * FROM mayfly.issue($1::jsonb)", ["[\(member.json)]"])
                .only()
            try expectCode(row, "00000")
            await broker.close()
            #expect(
                try await guarded.server.execute("SELECT FROM pg_roles WHERE rolname = $1", [member.role])
                    .isEmpty)
            try expectCode(
                try await guarded.call("find", #"[{"lease": "\#(member.lease)"}]"#).only(), "MF004")
        }

        @Test func aDBASeesWhoIsBehindARole() async throws {
            let guarded = try await GuardAttackServer.shared()
            let lease = try await guarded.issue()
            let who = try await guarded.server.execute(
                "SELECT requester, reason, standing FROM mayfly.who WHERE role = $1", [lease.role],
                database: "mayfly"
            ).only()
            #expect(try who.string("requester") == "ann")
            #expect(try who.string("reason") == "because")
            #expect(try who.string("standing") == "live")
        }

        @Test func theVerifierIsStoredAsItIsAndNowhereElse() async throws {
            let guarded = try await GuardAttackServer.shared()
            let lease = try await guarded.issue()
            let stored = try await guarded.server.execute(
                "SELECT rolpassword FROM pg_authid WHERE oid = \(lease.oid)")
            #expect(try stored.only().string("rolpassword") == GuardAttackServer.verifier)
        }
    }
}
