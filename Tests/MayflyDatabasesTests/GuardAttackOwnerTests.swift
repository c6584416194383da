import MayflyTesting
import SQLClients
import Testing

extension GuardAttack {
    /// Leases that create in the name of an owner, and roles that somebody altered.
    @Suite struct Owners {
        private func member(_ owner: String) -> GuardAttackMember {
            GuardAttackMember(groups: ["orders_app"]).with("owner", #""\#(owner)""#)
        }

        @Test(arguments: [
            (#""orders_app""#, "MF017"), (#""postgres""#, "MF017"), (#""nobody at all""#, "MF017"),
            (#""Mighty owner""#, "MF003"), (#""keeper""#, "MF017"), ("null", "MF001"), ("1", "MF001"),
            (#"["ddl_owner"]"#, "MF001"),
            (#""""#, "MF017"),
        ])
        func anOwnerThatMayNotBeIsRefused(owner: String, code: String) async throws {
            let guarded = try await GuardAttackServer.shared()
            let member = GuardAttackMember(groups: ["orders_app"]).with("owner", owner)
            try expectCode(try await guarded.call("issue", "[\(member.json)]").only(), code)
            #expect(
                try await guarded.server.execute("SELECT FROM pg_roles WHERE rolname = $1", [member.role])
                    .isEmpty)
        }

        @Test func whatASessionMakesBelongsToTheOwnerAndIsListedWhenItEnds() async throws {
            let guarded = try await GuardAttackServer.start()
            let lease = try await guarded.issue(member("the Owner"))
            let leaser = try await guarded.leaser(lease)
            #expect(
                try await leaser.query("SELECT current_user::text AS u").only().string("u") == "the Owner")
            #expect(try await guarded.find(lease).bool("altered") == false)
            _ = try await leaser.query("CREATE TABLE workshop.made (a int)")
            _ = try await leaser.query("GRANT SELECT ON workshop.made TO bystander")
            _ = try await leaser.query(
                "CREATE FUNCTION workshop.made() RETURNS int LANGUAGE sql AS 'SELECT 1'")
            // A session can undo it.
            _ = try await leaser.query("SET ROLE NONE")
            #expect(
                try await leaser.query("SELECT current_user::text AS u").only().string("u") == lease.role)

            // Now it owns data: nobody gets all powers over that.
            try expectCode(try await guarded.call("issue", "[\(member("the Owner").json)]").only(), "MF017")
            try await guarded.lockAndTerminate(lease)
            let hanging = try await guarded.call("hanging", lease).string("hanging")
            #expect(hanging.contains(#""kind": "made_for""#) && hanging.contains(#""owner": "the Owner""#))
            let since = try await guarded.server.execute(
                "SELECT $1::jsonb -> 0 ->> 'since' AS s", [hanging]
            ).only().string("s")
            let left = try await guarded.cleanup(
                "left_behind", #"{"lease": "\#(lease.id)", "owner": "the Owner", "since": "\#(since)"}"#)
            try expectCode(left, "00000")
            let text = try left.string("objects")
            #expect(
                text.contains(#""identity": "workshop.made""#) && text.contains("bystander=r/"), "\(text)")
            #expect(text.contains(#""identity": "workshop.made()""#))
            #expect(try await guarded.call("drop", lease).string("state") == "dropped")
            #expect(try await guarded.server.execute("SELECT FROM workshop.made", database: "app").isEmpty)
        }

        @Test func anOwnerOfDataIsGivenOnlyWhereTheDBASaysSoAndWhatWasAlteredIsListed() async throws {
            let guarded = try await GuardAttackServer.shared()
            let lease = try await guarded.issue(member("ddl_owner"))
            let leaser = try await guarded.leaser(lease)
            _ = try await leaser.query("ALTER TABLE workshop.old ADD b int")
            try await guarded.lockAndTerminate(lease)
            let since = try await guarded.server.execute(
                "SELECT issued_in::text AS s FROM mayfly.lease WHERE lease = $1::uuid", [lease.id],
                database: "mayfly"
            ).only().string("s")
            let left = try await guarded.cleanup(
                "left_behind", #"{"lease": "\#(lease.id)", "owner": "ddl_owner", "since": "\#(since)"}"#
            ).string("objects")
            #expect(left.contains("workshop.old") && !left.contains("workshop.older"), "\(left)")
            #expect(try await guarded.call("drop", lease).string("state") == "dropped")
        }

        @Test(arguments: [
            (#""owner": "postgres", "since": "1""#, "MF017"), (#""owner": "keeper", "since": "1""#, "MF017"),
            (#""owner": "ddl_owner", "since": "-1""#, "MF001"),
            (#""owner": "ddl_owner", "since": 1"#, "MF001"),
            (#""owner": null, "since": "1""#, "MF001"), (#""owner": "ddl_owner""#, "MF001"),
            (#""owner": "ddl_owner", "since": "1", "more": "x""#, "MF001"),
        ])
        func whatOthersOwnIsNotToldToAStolenBroker(fields: String, code: String) async throws {
            let guarded = try await GuardAttackServer.shared()
            let row = try await guarded.cleanup(
                "left_behind", #"{"lease": "00000000-0000-4000-8000-000000000000", \#(fields)}"#)
            try expectCode(row, code)
            #expect(try row.string("objects") == "[]")
        }

        @Test func anOwnerThatIsNoLongerAllowedIsNotRenewed() async throws {
            let guarded = try await GuardAttackServer.start()
            let lease = try await guarded.issue(member("ddl_owner"))
            let batch = #"[{"lease": "\#(lease.id)", "ttl_seconds": 700}]"#
            try expectCode(try await guarded.call("renew", batch).only(), "00000")
            try await guarded.server.execute("ALTER ROLE ddl_owner CREATEDB")
            try expectCode(try await guarded.call("renew", batch).only(), "MF003")
            try await guarded.server.execute("ALTER ROLE ddl_owner NOCREATEDB")
            try await guarded.server.execute(
                "DELETE FROM mayfly.allowed_owner WHERE name = 'ddl_owner'", database: "mayfly")
            try expectCode(try await guarded.call("renew", batch).only(), "MF017")
        }

        /// What a role above the owner owns is the owner's to use, and so the lease's.
        @Test(arguments: ["", " WITH INHERIT FALSE", " WITH SET FALSE"])
        func anOwnerAboveWhichARoleOwnsDataIsRefusedAndNotRenewed(options: String) async throws {
            let guarded = try await GuardAttackServer.start()
            let version = try await guarded.server.execute("SHOW server_version_num").only()
                .int("server_version_num")
            let options = version < 160_000 ? "" : options
            try await guarded.server.psql(
                script: """
                    CREATE ROLE steward; CREATE ROLE clerk; GRANT clerk TO "the Owner"\(options);
                    CREATE TABLE ledger (a int); ALTER TABLE ledger OWNER TO steward;
                    """, database: "app")
            let lease = try await guarded.issue(member("the Owner"))
            let batch = #"[{"lease": "\#(lease.id)", "ttl_seconds": 700}]"#
            // What the lease itself makes keeps nobody from renewing it.
            let leaser = try await guarded.leaser(lease)
            _ = try await leaser.query("CREATE TABLE workshop.made (a int)")
            try expectCode(try await guarded.call("renew", batch).only(), "00000")
            try await guarded.server.execute("DROP TABLE workshop.made", database: "app")

            try await guarded.server.execute("GRANT steward TO clerk\(options)")
            let refused = try await guarded.call("issue", "[\(member("the Owner").json)]").only()
            try expectCode(refused, "MF017")
            #expect(try refused.string("message").contains("steward"))
            try expectCode(try await guarded.call("renew", batch).only(), "MF017")
            try await guarded.server.execute("REVOKE steward FROM clerk")
            try expectCode(try await guarded.call("renew", batch).only(), "00000")
        }

        @Test func aRoleMadeMightyIsStrippedAndThatIsOnRecordUntilItIsToldOf() async throws {
            let guarded = try await GuardAttackServer.shared()
            let lease = try await guarded.issue(GuardAttackMember(groups: ["orders_app"]))
            let leaser = try await guarded.leaser(lease)
            _ = try await leaser.query(
                "CREATE FUNCTION workshop.f_\(lease.role.suffix(13))() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT current_setting(''is_superuser'')'"
            )
            let slot = "slot_\(lease.role.suffix(13))"
            try await guarded.server.psql(
                script: """
                    ALTER ROLE \(lease.role) SUPERUSER REPLICATION CREATEDB;
                    GRANT bystander TO \(lease.role); GRANT \(lease.role) TO keeper;
                    SELECT pg_create_physical_replication_slot('\(slot)');
                    """)
            // A superuser's session may look like anybody's; it is still the lease's.
            let mighty = try await guarded.leaser(lease)
            _ = try await mighty.query("SET SESSION AUTHORIZATION postgres")
            _ = try await mighty.query("SET ROLE bystander")
            for _ in 0..<2 {
                let locked = try await guarded.call("lock", lease)
                #expect(try locked.string("state") == "locked")
                #expect(
                    try locked.string("message")
                        == "CREATEDB, REPLICATION, SUPERUSER; member of bystander; granted to keeper; "
                        + "perhaps one of the replication slots \(slot)")
            }
            #expect(try await guarded.call("terminate", lease).int("terminated") == 2)
            await #expect(throws: PostgreSQLError.self) { _ = try await mighty.query("SELECT 1") }
            let role = try await guarded.server.execute(
                """
                SELECT rolsuper OR rolreplication OR rolcreatedb OR rolcanlogin AS powers,
                       (SELECT count(*) FROM pg_auth_members m WHERE r.oid IN (m.roleid, m.member)) AS memberships
                  FROM pg_roles r WHERE rolname = $1
                """, [lease.role]
            ).only()
            #expect(try !role.bool("powers") && role.int("memberships") == 0)
            try await guarded.server.execute("SELECT pg_drop_replication_slot('\(slot)')")
            try await guarded.server.execute(
                "DROP FUNCTION workshop.f_\(lease.role.suffix(13))()", database: "app")
            #expect(try await guarded.call("drop", lease).string("state") == "dropped")
        }

        @Test func aRoleThatADBADroppedIsSaidToBeThatAndNotOneOfOurs() async throws {
            let guarded = try await GuardAttackServer.shared()
            let lease = try await guarded.issue()
            try await guarded.server.execute("DROP ROLE \(lease.role)")
            for _ in 0..<2 {
                let row = try await guarded.call("lock", lease)
                #expect(
                    try row.string("state") == "gone" && row.string("message") == "dropped by somebody else")
            }
            #expect(try await guarded.call("drop", lease).string("state") == "gone")
            let own = try await guarded.issue()
            try await guarded.lockAndTerminate(own)
            _ = try await guarded.call("drop", own)
            #expect(try await guarded.call("lock", own).string("message") == "")
        }
    }
}
