import Foundation
import MayflyTesting
import SQLClients
import Testing

extension GuardAttack {
    /// Roles that the guard did not make, or no longer knows as its own.
    @Suite struct ForeignRoles {
        static func batch(_ function: String, _ lease: String) -> String {
            switch function {
            case "renew": #"[{"lease": "\#(lease)", "ttl_seconds": 60}]"#
            case "replace_verifier":
                #"[{"lease": "\#(lease)", "verifier": "\#(GuardAttackServer.verifier)"}]"#
            default: #"[{"lease": "\#(lease)"}]"#
            }
        }

        static let functions = ["renew", "replace_verifier", "lock", "terminate", "hanging", "drop", "find"]

        @Test(arguments: functions)
        func aLeaseThatIsNotInTheRegisterIsRefused(function: String) async throws {
            let guarded = try await GuardAttackServer.shared()
            let row = try await guarded.call(function, Self.batch(function, UUID().uuidString.lowercased()))
                .only()
            try expectCode(row, "MF004")
        }

        @Test func aRoleThatOnlyLooksLikeOursIsReportedAndNotIssuedOver() async throws {
            let guarded = try await GuardAttackServer.shared()
            let member = GuardAttackMember()
            try await guarded.server.execute("CREATE ROLE \(member.role) LOGIN CREATEDB")
            try expectCode(try await guarded.call("issue", "[\(member.json)]").only(), "42710")
            #expect(try await Self.standing(member.role, guarded) == "foreign")
            let untouched = try await guarded.server.execute(
                "SELECT rolcreatedb FROM pg_roles WHERE rolname = $1", [member.role])
            #expect(try untouched.only().bool("rolcreatedb"))
        }

        @Test func aRoleMadeAnewUnderTheSameNameIsNotTouched() async throws {
            let guarded = try await GuardAttackServer.shared()
            let lease = try await guarded.issue()
            let comment = try await guarded.server.execute(
                "SELECT shobj_description(\(lease.oid), 'pg_authid') AS c"
            ).only().string("c")
            try await guarded.server.execute("DROP ROLE \(lease.role)")
            try await guarded.server.execute("CREATE ROLE \(lease.role) LOGIN")
            try await guarded.server.setPassword(GuardAttackServer.password, of: lease.role)
            try await guarded.server.execute("COMMENT ON ROLE \(lease.role) IS '\(comment)'")
            let session = try await guarded.leaser(lease)

            #expect(try await guarded.find(lease).string("standing") == "gone")
            #expect(try await guarded.call("terminate", lease).int("terminated") == 0)
            #expect(try await guarded.call("lock", lease).string("state") == "gone")
            try expectCode(try await guarded.call("renew", Self.batch("renew", lease.id)).only(), "MF004")
            try expectCode(
                try await guarded.call("replace_verifier", Self.batch("replace_verifier", lease.id)).only(),
                "MF004")
            #expect(try await guarded.clean(lease).string("state") == "clean")
            #expect(try await guarded.call("drop", lease).string("state") == "gone")
            // The other one still works.
            _ = try await session.query("SELECT 1")
            #expect(try await Self.standing(lease.role, guarded) == "foreign")
        }

        @Test(arguments: functions.filter { $0 != "find" })
        func aRoleThatWasRenamedIsLeftToAPerson(function: String) async throws {
            let guarded = try await GuardAttackServer.shared()
            let lease = try await guarded.issue()
            try await guarded.server.execute("ALTER ROLE \(lease.role) RENAME TO \(lease.role)_renamed")
            try expectCode(try await guarded.call(function, Self.batch(function, lease.id)).only(), "MF004")
            #expect(try await guarded.find(lease).string("standing") == "foreign")
        }

        @Test func aReusedOIDIsNotTakenForTheRole() async throws {
            let guarded = try await GuardAttackServer.shared()
            let lease = try await guarded.issue()
            try await guarded.server.execute("DROP ROLE \(lease.role)")
            let other = try await guarded.issue()
            try await guarded.server.execute(
                "UPDATE mayfly.lease SET role_oid = \(other.oid) WHERE lease = '\(lease.id)'",
                database: "mayfly")
            let session = try await guarded.leaser(other)
            #expect(try await guarded.call("terminate", lease).int("terminated") == 0)
            #expect(try await guarded.find(lease).string("standing") == "gone")
            #expect(try await guarded.call("drop", lease).string("state") == "gone")
            _ = try await session.query("SELECT 1")
            #expect(try await guarded.find(other).string("standing") == "live")
        }

        @Test(arguments: functions)
        func rowsOfAnotherClusterAreIgnored(function: String) async throws {
            let guarded = try await GuardAttackServer.shared()
            let lease = try await guarded.issue()
            try await guarded.server.execute(
                "UPDATE mayfly.lease SET system_identifier = 1 WHERE lease = '\(lease.id)'",
                database: "mayfly")
            try expectCode(try await guarded.call(function, Self.batch(function, lease.id)).only(), "MF004")
            #expect(try await Self.standing(lease.role, guarded) == "foreign")
        }

        @Test(arguments: ["NULL", "'mine now'", "'mayfly installation=other lease=x until='"])
        func aCommentThatDisagreesKeepsSchedulersAndCleanUpAway(comment: String) async throws {
            let guarded = try await GuardAttackServer.shared()
            let lease = try await guarded.issue()
            try await guarded.server.execute("COMMENT ON ROLE \(lease.role) IS \(comment)")
            try await guarded.server.execute(
                "UPDATE mayfly.lease SET valid_until = now() - interval '1 s' WHERE lease = '\(lease.id)'",
                database: "mayfly")
            let broker = try await guarded.broker()
            let done = try await broker.query("SELECT * FROM mayfly.end_overdue()")
            let action = try done.first { try $0.string("lease") == lease.id }?.string("action")
            #expect(action == "foreign")
            #expect(try await guarded.find(lease).bool("can_login"))
            #expect(try await guarded.find(lease).string("standing") == "foreign")
            try await guarded.server.execute("ALTER ROLE \(lease.role) NOLOGIN")
            try expectCode(try await guarded.clean(lease), "MF004")
        }

        static func standing(_ role: String, _ guarded: GuardAttackServer) async throws -> String? {
            let broker = try await guarded.broker()
            let rows = try await broker.query("SELECT * FROM mayfly.roles()")
            await broker.close()
            return try rows.last { try $0.string("role") == role }?.string("standing")
        }
    }
}
