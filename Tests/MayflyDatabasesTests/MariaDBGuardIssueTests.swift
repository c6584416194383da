import MayflyTesting
import SQLClients
import Testing

extension MariaDBGuardAttack {
    /// Repeated, racing and failing calls, and the ceilings.
    @Suite struct Issues {
        @Test func aRepeatedMemberIsAnsweredAsBefore() async throws {
            let guarded = try await MariaDBGuardServer.shared()
            let member = MariaDBGuardMember()
            let first = try await guarded.attempt(member)
            let second = try await guarded.attempt(member)
            #expect(try first.string("valid_until") == second.string("valid_until"))
            #expect(try second.string("host") == "localhost")
            try expectCode(second, "00000")
            // But not with another verifier or name, nor once it is over.
            try expectCode(try await guarded.attempt(member.withOtherVerifier(guarded.server)), "MF014")
            try expectCode(
                try await guarded.attempt(member.with("role", "\"\(GuardAttackMember.randomRole())\"")),
                "MF014")
            let lease = MariaDBGuardLease(id: member.lease, role: member.role)
            try await guarded.lockAndTerminate(lease)
            _ = try await guarded.call("drop", lease)
            try expectCode(try await guarded.attempt(member), "MF014")
            // A name is used once, for ever.
            try expectCode(
                try await guarded.attempt(MariaDBGuardMember().with("role", "\"\(member.role)\"")), "MF014")
        }

        @Test func aVerifierIsReplacedOnlyWhileTheRoleIsUnused() async throws {
            let guarded = try await MariaDBGuardServer.shared()
            let lease = try await guarded.issue()
            let fresh = MariaDBGuardMember.replacement(lease.id, guarded.server, isOther: true)
            try expectCode(try guarded.only(try await guarded.call("replace_verifier", fresh)), "00000")
            await #expect(throws: MariaDBError.self) { _ = try await guarded.leaser(lease) }
            #expect(try await !guarded.find(lease).bool("altered"))
            let back = MariaDBGuardMember.replacement(lease.id, guarded.server)
            try expectCode(try guarded.only(try await guarded.call("replace_verifier", back)), "00000")

            let session = try await guarded.leaser(lease)
            try expectCode(try guarded.only(try await guarded.call("replace_verifier", fresh)), "MF008")
            // Seen once is seen for ever.
            #expect(try await guarded.rows("sessions").contains { try $0.string("lease") == lease.id })
            await session.close()
            try await eventually("the session ends") {
                try await guarded.rows("sessions").allSatisfy { try $0.string("lease") != lease.id }
            }
            try expectCode(try guarded.only(try await guarded.call("replace_verifier", fresh)), "MF008")

            let old = try await guarded.issue()
            try await guarded.server.execute(
                "UPDATE mayfly.lease SET created_at = created_at - INTERVAL 5 MINUTE WHERE lease = ?",
                [old.id])
            let batch = MariaDBGuardMember.replacement(old.id, guarded.server)
            try expectCode(try guarded.only(try await guarded.call("replace_verifier", batch)), "MF008")
            let plain =
                #"[{"lease": "\#(old.id)", "plugin": "mysql_native_password", "verifier": "hunter2"}]"#
            try expectCode(try guarded.only(try await guarded.call("replace_verifier", plain)), "MF001")
        }

        @Test func renewNeverShortensAndCountsTheCeilingFromCreation() async throws {
            let guarded = try await MariaDBGuardServer.shared()
            let lease = try await guarded.issue()
            let before = try await guarded.find(lease).string("valid_until")
            func renew(_ ttl: Int) async throws -> MariaDBRow {
                try guarded.only(
                    try await guarded.call("renew", #"[{"lease": "\#(lease.id)", "ttl_seconds": \#(ttl)}]"#))
            }
            #expect(try await renew(1).string("valid_until") == before)
            try expectCode(try await renew(28801), "MF005")
            // An hour has passed since: the ceiling is 8 hours from creation, not from now.
            try await guarded.server.execute(
                "UPDATE mayfly.lease SET created_at = created_at - INTERVAL 1 HOUR WHERE lease = ?",
                [lease.id])
            try expectCode(try await renew(25300), "MF005")
            try expectCode(try await renew(25100), "00000")
            #expect(try await guarded.find(lease).string("valid_until") > before)
            try await guarded.server.execute(
                "UPDATE mayfly.lease SET valid_until = UTC_TIMESTAMP() WHERE lease = ?", [lease.id])
            try expectCode(try await renew(60), "MF008")
        }

        @Test(arguments: [(live: 10, rate: 1000, code: "MF006"), (live: 1000, rate: 10, code: "MF007")])
        func connectionsTogetherStayUnderTheCeiling(live: Int, rate: Int, code: String) async throws {
            let guarded = try await MariaDBGuardServer.start(maxLive: live, maxIssuesPerMinute: rate)
            let batches = (0..<4).map { _ in (0..<8).map { _ in MariaDBGuardMember().fitting(guarded.server) }
            }
            let codes = try await withThrowingTaskGroup(of: [String].self) { group in
                for batch in batches {
                    group.addTask {
                        let json = "[" + batch.map(\.json).joined(separator: ",") + "]"
                        return try await guarded.call("issue", json).map { try $0.string("code") }
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(codes.count { $0 == "00000" } == 10)
            #expect(codes.count { $0 == code } == 22)
            let made = try await guarded.server.execute(
                "SELECT 1 FROM mysql.user WHERE User LIKE 'mf\\_t1\\_%'")
            #expect(made.count == 10)
            #expect(try await guarded.server.execute("SELECT 1 FROM mayfly.lease").count == 10)
        }

        /// A count that is not there is no count of nought.
        @Test(arguments: ["issued", "guard"])
        func withoutTheRowsThatBoundItNothingIsIssued(table: String) async throws {
            let guarded = try await MariaDBGuardServer.start()
            try await guarded.server.execute("DELETE FROM mayfly.\(table)")
            for _ in 0..<2 {
                let row = try await guarded.attempt(MariaDBGuardMember())
                #expect(try row.string("code") != "00000")
            }
            #expect(try await guarded.server.execute("SELECT 1 FROM mayfly.lease").isEmpty)
            let made = try await guarded.server.execute("SELECT 1 FROM mysql.user WHERE User LIKE 'mf\\_%'")
            #expect(made.isEmpty)
        }

        @Test func aBatchOfFiftyIsMadeAndEnded() async throws {
            let guarded = try await MariaDBGuardServer.shared()
            let members = (0..<50).map {
                MariaDBGuardMember(groups: [$0 % 2 == 0 ? "orders_readonly" : "orders_app"])
                    .with("connection_limit", "\(1 + $0 % 3)").fitting(guarded.server)
            }
            let rows = try await guarded.call("issue", "[" + members.map(\.json).joined(separator: ",") + "]")
            #expect(rows.count == 50)
            for row in rows { try expectCode(row, "00000") }
            let leases = "[" + members.map { #"{"lease": "\#($0.lease)"}"# }.joined(separator: ",") + "]"
            for procedure in ["lock", "terminate", "drop"] {
                for row in try await guarded.call(procedure, leases) { try expectCode(row, "00000") }
            }
            for member in members { #expect(try await !guarded.exists(member.role)) }
        }

        /// The server itself refuses one member of three: its group vanished from the guard's account. MySQL's guard looks
        /// before, as ROLE_ADMIN would let it: there it is a narrowed group that nobody may hand on.
        @Test func aMemberThatTheServerRefusesFailsAloneAndIsUndone() async throws {
            let guarded = try await MariaDBGuardServer.shared()
            let group = "g_\(GuardAttackMember.randomRole().suffix(13))"
            try await guarded.allow(group)
            try await guarded.server.execute("REVOKE \(group) FROM mayfly_guard@localhost")
            #expect(try await guarded.description().groups_not_grantable.contains(group))
            if guarded.server.isMySQL {
                try expectCode(try await guarded.attempt(MariaDBGuardMember(groups: [group])), "MF002")
                try await guarded.server.execute(
                    """
                    INSERT INTO mayfly.narrowed (name, bases, scope, made_at, asked_at, compared_at, tended_at)
                        VALUES (?, '["orders_readonly"]', '[]', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))
                    """, [group])
            }
            let members = [
                MariaDBGuardMember(), MariaDBGuardMember(groups: [group]),
                MariaDBGuardMember(groups: ["orders_app"]),
            ].map { $0.fitting(guarded.server) }
            let rows = try await guarded.call("issue", "[" + members.map(\.json).joined(separator: ",") + "]")
            try expectCode(rows[0], "00000")
            #expect(UInt32(try rows[1].string("code")) != nil, "a number of the server's")
            try expectCode(rows[2], "00000")
            #expect(try await !guarded.exists(members[1].role))
            #expect(
                try await guarded.server.execute(
                    "SELECT 1 FROM mayfly.lease WHERE lease = ?", [members[1].lease]
                ).isEmpty)
            for member in [members[0], members[2]] {
                let leaser = try await guarded.leaser(MariaDBGuardLease(id: member.lease, role: member.role))
                await leaser.close()
                #expect(try await guarded.standing(member.role) == "live")
            }
            // And alone.
            let alone = try await guarded.attempt(MariaDBGuardMember(groups: [group]))
            #expect(UInt32(try alone.string("code")) != nil)
            try await guarded.server.execute("DELETE FROM mayfly.narrowed WHERE name = ?", [group])
        }

        /// Every state that a call may leave when it is killed at some point.
        @Test(arguments: ["row", "account", "granted"])
        func whatAKilledCallLeavesIsFoundAndCanBeMadeAnewOrEnded(left: String) async throws {
            let guarded = try await MariaDBGuardServer.shared()
            for ends in [false, true] {
                let member = MariaDBGuardMember().fitting(guarded.server)
                let lease = MariaDBGuardLease(id: member.lease, role: member.role)
                _ = try await guarded.issue(member)
                try await guarded.server.execute(
                    "UPDATE mayfly.lease SET made_at = NULL, maker = 4000000000 WHERE lease = ?", [lease.id])
                let account = "\(lease.role)@localhost"
                switch left {
                case "row": try await guarded.server.execute("DROP USER \(account)")
                case "account": try await guarded.server.execute("REVOKE orders_readonly FROM \(account)")
                default: break
                }
                #expect(try await guarded.find(lease).string("standing") == "unfinished")
                #expect(try await guarded.standing(lease.role) == "unfinished")
                if ends {
                    try await guarded.lockAndTerminate(lease)
                    #expect(
                        try await guarded.call("drop", lease).string("state")
                            == (left == "row" ? "gone" : "dropped"))
                    #expect(try await !guarded.exists(lease.role))
                } else {
                    try expectCode(try await guarded.attempt(member), "00000")
                    #expect(try await guarded.find(lease).string("standing") == "live")
                    let leaser = try await guarded.leaser(lease)
                    #expect(try await leaser.query("SELECT * FROM app.orders").count == 2)
                }
            }
        }

        @Test func aCallKilledInTheMiddleLeavesNothingThatTheRegisterDoesNotKnow() async throws {
            let guarded = try await MariaDBGuardServer.start()
            for attempt in 0..<12 {
                let members = (0..<40).map { _ in MariaDBGuardMember().fitting(guarded.server) }
                let broker = try await guarded.broker()
                let id = await broker.server.connectionID
                let json = "[" + members.map(\.json).joined(separator: ",") + "]"
                let call = Task { try await broker.query("CALL mayfly.issue(?)", [json]) }
                // Somewhere between the first register row and the last account.
                let reached = members[min(attempt * 3, 39)]
                try await eventually("the call is under way") {
                    let table = attempt % 2 == 0 ? "mayfly.lease WHERE role" : "mysql.user WHERE User"
                    let rows = try await guarded.server.execute("SELECT 1 FROM \(table) = ?", [reached.role])
                    return !rows.isEmpty
                }
                // It may have ended by itself.
                _ = try await report { try await guarded.server.execute("KILL \(id)") }
                _ = await call.result
                let known = Set(
                    try await guarded.server.execute("SELECT role FROM mayfly.lease").map {
                        try $0.string("role")
                    })
                let accounts = try await guarded.server.execute(
                    "SELECT User FROM mysql.user WHERE User LIKE 'mf\\_%'")
                for account in accounts { #expect(known.contains(try account.string("User"))) }
                // All of it can be ended.
                let leases = "[" + members.map { #"{"lease": "\#($0.lease)"}"# }.joined(separator: ",") + "]"
                for procedure in ["lock", "terminate", "drop"] {
                    _ = try await guarded.call(procedure, leases)
                }
                #expect(
                    try await guarded.server.execute("SELECT 1 FROM mysql.user WHERE User LIKE 'mf\\_%'")
                        .isEmpty)
            }
        }

        @Test func aDBASeesWhoIsBehindAnAccount() async throws {
            let guarded = try await MariaDBGuardServer.shared()
            let lease = try await guarded.issue()
            let who = try await guarded.server.execute(
                "SELECT * FROM mayfly.who WHERE role = ?", [lease.role]
            ).only()
            #expect(try who.string("requester") == "ann")
            #expect(try who.string("reason") == "because")
            #expect(try who.bool("account_exists"))
        }
    }
}

extension MariaDBGuardMember {
    func withOtherVerifier(_ server: MariaDBServer) -> MariaDBGuardMember {
        fitting(server).with(
            "verifier", "\"\(server.isMySQL ? Self.otherSHA2Verifier : Self.otherVerifier)\"")
    }

    static func replacement(_ lease: String, _ server: MariaDBServer, isOther: Bool = false) -> String {
        let plugin = server.isMySQL ? "caching_sha2_password" : "mysql_native_password"
        let verifier =
            server.isMySQL
            ? (isOther ? otherSHA2Verifier : sha2Verifier) : (isOther ? otherVerifier : nativeVerifier)
        return #"[{"lease": "\#(lease)", "plugin": "\#(plugin)", "verifier": "\#(verifier)"}]"#
    }
}
