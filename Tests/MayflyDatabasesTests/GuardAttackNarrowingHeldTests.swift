import MayflyTesting
import SQLClients
import Testing

extension GuardAttack {
    /// What somebody does to keep what a group lost with its narrowed groups: by locks, by numbers, by oddities. Nobody
    /// needs more for it than a lease, or CONNECT.
    @Suite(.serialized) struct NarrowingHeld {
        private func lost(_ field: NarrowingField, _ leaser: PostgreSQLConnection) async {
            await expectSQLState("42501") {
                _ = try await leaser.query("SELECT id FROM \(field.schema).orders")
            }
        }

        @Test func aLockOnWhatALeaseGaveItItselfKeepsNothing() async throws {
            let field = try await NarrowingField.make()
            let scope = field.member([("orders", "null"), ("customers", "null")])
            let narrowed = try await field.group(scope)
            let (lease, leaser) = try await field.leaser(narrowed)
            _ = try await leaser.query("SELECT id FROM \(field.schema).orders")
            let holder = try await field.guarded.leaser(lease)
            for statement in [
                "CREATE TEMP TABLE t (a int)", "GRANT SELECT ON t TO \(narrowed)", "BEGIN",
                "GRANT INSERT ON t TO PUBLIC",
            ] { _ = try await holder.query(statement) }
            try await field.sql("REVOKE SELECT ON SCHEMA.orders FROM GROUP")
            try await field.age(narrowed, by: 60)
            #expect(try await field.tend(narrowed) == "fault")
            #expect(try await field.fault(narrowed).hasPrefix("not all was taken away"))
            await lost(field, leaser)
            // It is compared all the same, and whoever asks for it gets it.
            let renewal = #"[{"lease": "\#(lease.id)", "ttl_seconds": 900}]"#
            try expectCode(try await field.guarded.call("renew", renewal).only(), "00000")
            try await field.sql("GRANT SELECT ON SCHEMA.orders TO GROUP")
            try await field.age(narrowed, by: 60)
            #expect(try await field.group(scope) == narrowed)
            _ = try await leaser.query("SELECT id FROM \(field.schema).orders")
            // And is taken away as soon as it can be.
            _ = try await holder.query("COMMIT")
            #expect(try await field.tend(narrowed) == "revoked")
            #expect(try await field.fault(narrowed) == "")
        }

        @Test func aLockOnOneTableOfAScopeKeepsTheOthersFromNothing() async throws {
            let field = try await NarrowingField.make()
            let narrowed = try await field.group(field.member([("orders", "null"), ("customers", "null")]))
            let owner = try await field.guarded.server.superuser(database: "app")
            _ = try await owner.query("BEGIN")
            _ = try await owner.query("GRANT SELECT (id, name) ON \(field.schema).customers TO bystander")
            try await field.sql(
                "REVOKE SELECT ON SCHEMA.orders FROM GROUP; ALTER TABLE SCHEMA.orders ADD x int")
            try await field.guarded.server.execute(
                "DELETE FROM mayfly_narrowing.allowed_base WHERE name = $1", [field.group], database: "app")
            #expect(try await field.tend(narrowed) == "fault")
            let has =
                "SELECT has_table_privilege($1, '\(field.schema).orders', 'SELECT') AS orders,"
                + " has_any_column_privilege($1, '\(field.schema).customers', 'SELECT') AS customers"
            let now = try await field.guarded.server.execute(has, [narrowed], database: "app").only()
            #expect(try !now.bool("orders") && now.bool("customers"))
            _ = try await owner.query("ROLLBACK")
            #expect(try await field.tend(narrowed) == "revoked")
            let later = try await field.guarded.server.execute(has, [narrowed], database: "app").only()
            #expect(try !later.bool("customers"))
        }

        @Test func whoGivesItVeryMuchStopsNobody() async throws {
            let guarded = try await GuardAttackServer.start()
            let field = NarrowingField(guarded: guarded, group: "orders_readonly", schema: "public")
            try await field.sql("CREATE TABLE more (id int); GRANT SELECT ON more TO GROUP")
            let narrowed = try await field.group(field.member())
            let other = try await field.group(field.member([("more", "null")]))
            let count = 3000
            try await field.sql(
                """
                SET ROLE bystander;
                DO $$ DECLARE o oid; BEGIN
                    FOR i IN 1 .. \(count) LOOP
                        o := lo_create(0);
                        EXECUTE format('GRANT SELECT ON LARGE OBJECT %s TO \(narrowed)', o);
                    END LOOP;
                END $$;
                RESET ROLE;
                REVOKE SELECT ON orders, more FROM GROUP;
                UPDATE mayfly_narrowing.narrowed SET compared_at = compared_at - interval '1 minute',
                    tended_at = CASE name WHEN '\(narrowed)' THEN '-infinity' ELSE tended_at END;
                """)
            let broker = try await guarded.broker(database: "app")
            let actions = try await broker.query(
                "SELECT narrowed, action FROM mayfly_narrowing.tend() WHERE narrowed IS NOT NULL")
            await broker.close()
            #expect(Set(try actions.map { try $0.string("narrowed") }) == [narrowed, other])
            let found = try await guarded.server.execute(
                """
                SELECT name, (SELECT count(*) FROM pg_shdepend WHERE refobjid = x.role_oid AND classid = 'pg_largeobject'::regclass) AS left,
                       has_table_privilege(name, 'orders', 'SELECT') OR has_table_privilege(name, 'more', 'SELECT') AS has,
                       compared_at > now() - interval '30 seconds' AS compared
                  FROM mayfly_narrowing.narrowed x
                """, database: "app")
            for row in found {
                #expect(try !row.bool("has"))
                #expect(try row.bool("compared"), "its leases go on")
                // So many in a call, and no more: what a call costs is nobody's to choose.
                #expect(try row.int("left") == (row.string("name") == narrowed ? count - 200 : 0))
            }
            #expect(try await field.fault(narrowed).contains("more than is taken away in one call"))
        }

        /// A call that is undone, by a deadline or on purpose, leaves in `turn` whose turn it was.
        @Test func whoHasCallsUndoneAtAGroupKeepsNothing() async throws {
            let guarded = try await GuardAttackServer.start()
            let field = NarrowingField(guarded: guarded, group: "orders_readonly", schema: "public")
            try await field.sql("CREATE TABLE more (id int); GRANT SELECT ON more TO GROUP")
            let slow = try await field.group(field.member())
            let other = try await field.group(field.member([("more", "null")]))
            let broker = try await guarded.broker(database: "app")
            await expectSQLState("42501") {
                _ = try await broker.query("SELECT setval('mayfly_narrowing.turn', 1)")
            }
            await broker.close()
            /// As a thief's call with a deadline of its own leaves it: at `slow`, whose turn it would be next.
            func undo() async throws {
                try await field.sql(
                    """
                    UPDATE mayfly_narrowing.narrowed SET tended_at = CASE name WHEN '\(slow)' THEN '-infinity' ELSE now() END::timestamptz;
                    SELECT setval('mayfly_narrowing.turn', role_oid::bigint) FROM mayfly_narrowing.narrowed WHERE name = '\(slow)'
                    """)
            }
            func has(_ group: String, _ table: String) async throws -> Bool {
                try await guarded.server.execute(
                    "SELECT has_table_privilege($1, $2, 'SELECT') AS has", [group, table], database: "app"
                ).only().bool("has")
            }
            var wasLeftOut = false
            for round in 1...6 {
                try await field.sql("REVOKE SELECT ON orders, more FROM GROUP")
                try await undo()
                let first = try await field.call("tend")
                if first.contains(where: { (try? $0.string("action")) == "more" }) {
                    wasLeftOut = true
                    #expect(try await !has(other, "more"), "the others lose nothing by it")
                    #expect(try await field.fault(slow).contains("did not come to its end"))
                    #expect(try await has(slow, "orders"))
                    _ = try await field.call("tend")
                }
                #expect(try await !has(slow, "orders"), "round \(round)")
                #expect(try await !has(other, "more"))
                #expect(try await field.fault(slow) == "")
                try await field.sql("GRANT SELECT ON orders, more TO GROUP")
                for narrowed in [slow, other] { try await field.age(narrowed) }
                _ = try await field.group(field.member())
                _ = try await field.group(field.member([("more", "null")]))
                if wasLeftOut && round > 3 { break }
            }
        }

        /// TRUNCATE by a lease that may, an ALTER of the owner's, a migration: the GRANT of a new scope has to wait for it.
        @Test func whoHoldsATableKeepsOthersFromNarrowingNotForLong() async throws {
            let guarded = try await GuardAttackServer.start()
            let field = NarrowingField(guarded: guarded, group: "orders_readonly", schema: "public")
            try await field.sql(
                "CREATE TABLE held (id int); CREATE TABLE a (); CREATE TABLE b (); CREATE TABLE c (); CREATE TABLE more ();"
                    + "GRANT SELECT ON held, a, b, c, more TO GROUP")
            let holder = try await guarded.server.superuser(database: "app")
            _ = try await holder.query("BEGIN")
            _ = try await holder.query("GRANT INSERT ON held TO bystander")
            let clock = ContinuousClock()
            let began = clock.now
            // Several of them, as somebody may ask who wants to be in the way.
            let members = ["a", "b", "c"].map { field.member([("held", "null"), ($0, "null")]) }
            async let slow = field.call("narrow", "[\(members.joined(separator: ", "))]")
            try await eventually("it waits for the table") {
                try await !guarded.server.execute(
                    "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename = $1",
                    [GuardAttackServer.broker]
                ).isEmpty
            }
            try expectCode(try await field.narrow(field.member([("more", "null")])), "00000")
            for row in try await slow { try expectCode(row, "55P03") }
            // One second and a bit in all; it was four for each.
            #expect(clock.now - began < .seconds(8))
            _ = try await holder.query("ROLLBACK")
            for row in try await field.call("narrow", "[\(members.joined(separator: ", "))]") {
                try expectCode(row, "00000")
            }
        }

        @Test func whoMerelyWaitsForTheGuardIsNotEnded() async throws {
            let guarded = try await GuardAttackServer.start()
            let field = NarrowingField(guarded: guarded, group: "orders_readonly", schema: "public")
            let narrowed = try await field.group(field.member())
            try await field.age(narrowed, by: 90)
            let thief = try await guarded.broker(database: "app")
            _ = try await thief.query("BEGIN")
            _ = try await thief.query(
                "SELECT * FROM mayfly_narrowing.narrow($1::jsonb)", ["[\(field.member())]"])
            async let asked = field.narrow(field.member())
            try await eventually("somebody waits for it") {
                try await !guarded.server.execute(
                    "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename = $1",
                    [GuardAttackServer.broker]
                ).isEmpty
            }
            try await field.sql("REVOKE INSERT ON orders FROM GROUP")
            _ = try await field.tend(narrowed, puttingFirst: false)
            try expectCode(try await asked, "00000")
            await #expect(throws: PostgreSQLError.self) { _ = try await thief.query("SELECT 1") }
        }

        /// Since 16 the server also notes who granted a membership: that is nothing that a REVOKE ALL ON could name.
        @Test func whatIsOfAKindThatCannotBeTakenKeepsNothing() async throws {
            let field = try await NarrowingField.make()
            let narrowed = try await field.group(field.member())
            let (_, leaser) = try await field.leaser(narrowed)
            if try await field.guarded.server.majorVersion() >= 16 {
                try await field.sql(
                    """
                    CREATE ROLE "of \(narrowed)"; GRANT "of \(narrowed)" TO \(narrowed) WITH ADMIN OPTION;
                    GRANT "of \(narrowed)" TO bystander GRANTED BY \(narrowed);
                    """)
            }
            try await field.sql(
                """
                ALTER DEFAULT PRIVILEGES FOR ROLE bystander GRANT USAGE ON SCHEMAS TO \(narrowed);
                GRANT USAGE ON TYPE pg_catalog.int4 TO \(narrowed);
                REVOKE SELECT ON SCHEMA.orders FROM GROUP;
                """)
            #expect(try await field.tend(narrowed) == "revoked")
            await lost(field, leaser)
            #expect(try await field.tend(narrowed) == nil)
            #expect(try await field.fault(narrowed) == "")
        }

        @Test func whatWasRenamedSinceIsTakenBeforeWhatOthersGave() async throws {
            let field = try await NarrowingField.make()
            let narrowed = try await field.group(field.member())
            let (_, leaser) = try await field.leaser(narrowed)
            try await field.sql("ALTER TABLE SCHEMA.orders RENAME TO former")
            let things = try await field.guarded.server.execute(
                "SELECT FROM mayfly_narrowing.things($1, (SELECT scope FROM mayfly_narrowing.narrowed WHERE name = $1)) t"
                    + " WHERE t.objid = '\(field.schema).former'::regclass", [narrowed], database: "app")
            #expect(things.count == 1)
            #expect(try await field.tend(narrowed) == "revoked")
            await expectSQLState("42501") {
                _ = try await leaser.query("SELECT id FROM \(field.schema).former")
            }
        }
    }
}
