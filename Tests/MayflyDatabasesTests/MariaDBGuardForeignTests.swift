import Foundation
import MayflyTesting
import SQLClients
import Testing

extension MariaDBGuardAttack {
    /// Accounts that the guard did not make, or that are not what it made.
    @Suite struct ForeignAccounts {
        static func batch(_ procedure: String, _ lease: String, _ guarded: MariaDBGuardServer) -> String {
            switch procedure {
            case "renew": #"[{"lease": "\#(lease)", "ttl_seconds": 60}]"#
            case "replace_verifier": MariaDBGuardMember.replacement(lease, guarded.server)
            default: #"[{"lease": "\#(lease)"}]"#
            }
        }

        static let procedures = ["renew", "replace_verifier", "lock", "terminate", "hanging", "drop", "find"]

        @Test(arguments: procedures)
        func aLeaseThatIsNotInTheRegisterIsRefused(procedure: String) async throws {
            let guarded = try await MariaDBGuardServer.shared()
            let batch = Self.batch(procedure, UUID().uuidString.lowercased(), guarded)
            try expectCode(try guarded.only(try await guarded.call(procedure, batch)), "MF004")
        }

        @Test func anAccountThatOnlyLooksLikeOursIsReportedAndNotIssuedOver() async throws {
            let guarded = try await MariaDBGuardServer.shared()
            let member = MariaDBGuardMember()
            try await guarded.server.execute("CREATE USER \(member.role)@localhost IDENTIFIED BY 'Theirs-1'")
            try expectCode(try await guarded.attempt(member), "MF014")
            #expect(try await guarded.standing(member.role) == "foreign")
            let theirs = try await guarded.server.connect(as: member.role, password: "Theirs-1")
            _ = try await theirs.query("SELECT 1")
            #expect(
                try await guarded.server.execute("SELECT 1 FROM mayfly.lease WHERE lease = ?", [member.lease])
                    .isEmpty)
        }

        @Test func aRoleByOurNameIsNotIssuedOver() async throws {
            let guarded = try await MariaDBGuardServer.shared()
            guard !guarded.server.isMySQL else { return }  // roles are accounts there
            let member = MariaDBGuardMember()
            try await guarded.server.execute("CREATE ROLE \(member.role)")
            try expectCode(try await guarded.attempt(member), "MF014")
            #expect(try await guarded.standing(member.role) == "foreign")
        }

        @Test func anAccountThatWasDroppedByADBAIsGone() async throws {
            let guarded = try await MariaDBGuardServer.shared()
            let lease = try await guarded.issue()
            let session = try await guarded.leaser(lease)
            try await guarded.server.execute("DROP USER \(lease.role)@localhost")
            #expect(try await guarded.find(lease).string("standing") == "gone")
            #expect(try await guarded.standing(lease.role) == "gone")
            for procedure in ["renew", "replace_verifier"] {
                let batch = Self.batch(procedure, lease.id, guarded)
                try expectCode(try guarded.only(try await guarded.call(procedure, batch)), "MF004")
            }
            // Its session outlived it.
            #expect(try await guarded.rows("sessions").contains { try $0.string("lease") == lease.id })
            #expect(try await guarded.call("lock", lease).string("state") == "gone")
            try expectCode(try await guarded.call("drop", lease), "MF009")
            #expect(try await guarded.call("terminate", lease).int("terminated") == 1)
            await #expect(throws: MariaDBError.self) { _ = try await session.query("SELECT 1") }
            #expect(try await guarded.call("drop", lease).string("state") == "gone")
            #expect(try await guarded.find(lease).string("standing") == "ended")
        }

        @Test func anAccountThatWasRenamedIsLeftToAPerson() async throws {
            let guarded = try await MariaDBGuardServer.shared()
            let lease = try await guarded.issue()
            try await guarded.server.execute(
                "RENAME USER \(lease.role)@localhost TO \(lease.role)@`10.0.0.1`")
            #expect(try await guarded.find(lease).string("standing") == "gone")
            #expect(try await guarded.call("lock", lease).string("state") == "gone")
            let rows = try await guarded.rows("roles").filter { try $0.string("role") == lease.role }
            #expect(Set(try rows.map { try $0.string("standing") }) == ["gone", "foreign"])
            #expect(try await guarded.call("drop", lease).string("state") == "gone")
            #expect(try await guarded.exists(lease.role))
        }

        /// As after a failover to a replica that lacks the drop.
        @Test func anAccountThatCameBackAfterItsEndIsLiveAndCanBeEndedAgain() async throws {
            let guarded = try await MariaDBGuardServer.shared()
            let member = MariaDBGuardMember()
            let lease = try await guarded.issue(member)
            let made = try await guarded.creation(of: lease.role)
            try await guarded.lockAndTerminate(lease)
            #expect(try await guarded.call("drop", lease).string("state") == "dropped")
            try await guarded.server.execute(made)
            #expect(try await guarded.find(lease).string("standing") == "live")
            #expect(try await guarded.standing(lease.role) == "live")
            try await guarded.lockAndTerminate(lease)
            #expect(try await guarded.call("drop", lease).string("state") == "dropped")
            #expect(try await guarded.find(lease).string("standing") == "ended")
        }

        @Test func anAccountWhoseAttributeDisagreesIsLeftToAPerson() async throws {
            let guarded = try await MariaDBGuardServer.shared()
            guard guarded.server.isMySQL else { return }  // MariaDB has no attributes
            let lease = try await guarded.issue()
            let attribute = try await guarded.server.execute(
                "SELECT ATTRIBUTE ->> '$.mayfly' AS a FROM information_schema.USER_ATTRIBUTES WHERE USER = ?",
                [lease.role]
            ).only().string("a")
            for part in [MariaDBGuardServer.installation, lease.id, "ann"] {
                #expect(attribute.contains(part))
            }
            try await guarded.server.execute(
                #"ALTER USER \#(lease.role)@localhost ATTRIBUTE '{"mayfly": {"lease": "mine"}}'"#)
            #expect(try await guarded.call("lock", lease).string("state") == "gone")
            #expect(try await guarded.call("drop", lease).string("state") == "gone")
            #expect(try await guarded.standing(lease.role) == "foreign")
            _ = try await guarded.leaser(lease).query("SELECT 1")
        }

        @Test func otherAccountsAreNeverTouchedThroughARow() async throws {
            let guarded = try await MariaDBGuardServer.shared()
            // The register can only be written by root; a dump from elsewhere may bring rows without accounts.
            let lease = try await guarded.issue()
            try await guarded.server.execute(
                "UPDATE mayfly.lease SET host = '10.1.1.1' WHERE lease = ?", [lease.id])
            #expect(try await guarded.call("lock", lease).string("state") == "gone")
            #expect(try await guarded.call("drop", lease).string("state") == "gone")
            let leaser = try await guarded.leaser(lease)
            _ = try await leaser.query("SELECT 1")
            #expect(try await guarded.standing(lease.role) == "foreign")
        }
    }
}

extension MariaDBGuardServer {
    /// The statement that would make an account again.
    func creation(of role: String) async throws -> String {
        let row = try await server.execute("SHOW CREATE USER \(role)@localhost").only()
        // One column, never NULL.
        return (row.values.first ?? nil) ?? ""
    }
}
