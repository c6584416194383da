import MayflyTesting
import SQLClients
import Testing

extension GuardAttack {
    /// Whoever asks for very many scopes, and access lists that are full.
    @Suite struct NarrowingCeiling {
        private func field(_ tables: [String]) async throws -> NarrowingField {
            let field = NarrowingField(
                guarded: try await GuardAttackServer.start(), group: "orders_readonly", schema: "public")
            for table in tables {
                try await field.sql("CREATE TABLE \(table) (); GRANT SELECT ON \(table) TO GROUP")
            }
            return field
        }

        private func groups(_ field: NarrowingField) async throws -> Set<String> {
            let rows = try await field.guarded.server.execute(
                "SELECT rolname FROM pg_roles WHERE rolname LIKE 'mfn\\_%'")
            return Set(try rows.map { try $0.string("rolname") })
        }

        @Test func atTheCeilingTheOneGoesThatNobodyAskedForLongestAndNoneThatIsUsed() async throws {
            let field = try await field(["a", "b", "c", "d"])
            try await field.sql("UPDATE mayfly_narrowing.guard SET max_groups = 3")
            func narrow(_ table: String) async throws -> PostgreSQLRow {
                try await field.narrow(field.member([(table, "null")]))
            }
            let used = try await field.group(field.member([("a", "null")]))
            _ = try await field.leaser(used)
            let (b, c) = (try await narrow("b").string("narrowed"), try await narrow("c").string("narrowed"))
            // Just asked for: an issue may be about to use them.
            try expectCode(try await narrow("d"), "MF006")
            #expect(try await groups(field) == [used, b, c])
            try await field.age(used, by: 300)
            try await field.age(b, by: 20)
            try await field.age(c, by: 200)
            let d = try await narrow("d")
            try expectCode(d, "00000")
            #expect(try await groups(field) == [used, b, try d.string("narrowed")])
            let rows = try await field.guarded.server.execute(
                "SELECT name FROM mayfly_narrowing.narrowed", database: "app")
            #expect(Set(try rows.map { try $0.string("name") }) == (try await groups(field)))
            // One in whose name something was left is not dropped, and another goes.
            try await field.sql("CREATE TABLE left_in (); ALTER TABLE left_in OWNER TO \(b)")
            try await field.age(b, by: 200)
            try await field.age(try d.string("narrowed"), by: 60)
            try expectCode(try await narrow("c"), "00000")
            #expect(try await groups(field).contains(b))
            #expect(try await !groups(field).contains(d.string("narrowed")))
        }

        @Test func soManyAreMadeInAMinuteAndNoMore() async throws {
            let field = try await field(["a", "b", "c", "d"])
            try await field.sql("UPDATE mayfly_narrowing.guard SET max_new_per_minute = 2")
            let members = ["a", "missing", "b", "c", "a"].map { field.member([($0, "null")]) }
            let codes = try await field.call("narrow", "[\(members.joined(separator: ", "))]").map {
                try $0.string("sqlstate")
            }
            #expect(codes == ["00000", "MF020", "00000", "MF007", "00000"])
            #expect(try await groups(field).count == 2)
            try await field.sql("UPDATE mayfly_narrowing.guard SET minute = now() - interval '61 s'")
            try expectCode(try await field.narrow(field.member([("d", "null")])), "00000")
        }

        /// An ACL is a column of a row of a page: it ends at some 2,400 grantees.
        @Test func aFullAccessListIsAClearErrorAndNothingIsHalfDone() async throws {
            let field = try await field(["a", "many"])
            try await field.sql(
                """
                DO $$ BEGIN
                    FOR i IN 1 .. 4000 LOOP
                        BEGIN
                            EXECUTE format('CREATE ROLE grantee_%s', i);
                            EXECUTE format('GRANT SELECT ON many TO grantee_%s', i);
                        EXCEPTION WHEN program_limit_exceeded THEN EXIT;
                        END;
                    END LOOP;
                END $$
                """)
            let grantees = "SELECT count(*) AS n FROM pg_class, aclexplode(relacl) WHERE relname = 'many'"
            let before = try await field.guarded.server.execute(grantees, database: "app").only().int("n")
            #expect(before > 2000)
            let row = try await field.narrow(field.member([("a", "null"), ("many", "null")]))
            try expectCode(row, "54000")
            #expect(
                try row.string("message").hasPrefix("as many roles as can be have privileges there already"))
            #expect(try row.string("message").contains("ON TABLE public.many"))
            #expect(try await groups(field) == [])
            let registered = try await field.guarded.server.execute(
                "SELECT FROM mayfly_narrowing.narrowed", database: "app")
            #expect(registered.isEmpty)
            #expect(
                try await field.guarded.server.execute(grantees, database: "app").only().int("n") == before)
            // Whole leases, which are in no access list, and other tables go on; and so does this one once there is room.
            let lease = try await field.guarded.issue()
            _ = try await field.guarded.leaser(lease).query("SELECT * FROM many")
            _ = try await field.group(field.member([("a", "null")]))
            try await field.sql("REVOKE SELECT ON many FROM grantee_1, grantee_2")
            _ = try await field.group(field.member([("many", "null")]))
        }
    }
}
