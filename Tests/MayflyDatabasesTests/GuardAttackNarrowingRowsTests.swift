import MayflyTesting
import SQLClients
import Testing

extension GuardAttack {
    /// Row-level security that could let a narrowed lease read more rows than a whole one.
    @Suite(.serialized) struct NarrowingRows {
        private func field(_ policies: String) async throws -> NarrowingField {
            let field = try await NarrowingField.make()
            try await field.sql(
                """
                ALTER TABLE SCHEMA.orders ENABLE ROW LEVEL SECURITY;
                CREATE POLICY everybody ON SCHEMA.orders USING (true);
                \(policies);
                """)
            return field
        }

        static let harmless = [
            "SELECT 1",
            "CREATE POLICY p ON SCHEMA.orders AS RESTRICTIVE USING (customer = 1 AND secret IS NULL)",
            "CREATE POLICY p ON SCHEMA.orders AS RESTRICTIVE USING (coalesce(abs(customer), 0) IN (1, 7))",
            "CREATE POLICY p ON SCHEMA.orders AS RESTRICTIVE TO bystander USING (current_user = 'x')",
        ]

        @Test(arguments: harmless)
        func onesThatAreTheSameForEverybodyGoOn(policy: String) async throws {
            let field = try await field(policy)
            let narrowed = try await field.group(field.member())
            let (_, leaser) = try await field.leaser(narrowed)
            let whole = try await field.guarded.issue(GuardAttackMember(groups: [field.group]))
            let wholly = try await field.guarded.leaser(whole)
            let count = "SELECT count(*) AS n FROM \(field.schema).orders"
            #expect(try await leaser.query(count).only().int("n") == wholly.query(count).only().int("n"))
        }

        static let telling = [
            "CREATE POLICY p ON SCHEMA.orders AS RESTRICTIVE TO GROUP USING (customer = 1)",
            "CREATE POLICY p ON SCHEMA.orders TO GROUP USING (true)",
            "CREATE POLICY p ON SCHEMA.orders AS RESTRICTIVE USING (NOT pg_has_role(current_user, 'GROUP', 'USAGE') OR customer = 1)",
            "CREATE POLICY p ON SCHEMA.orders AS RESTRICTIVE USING (NOT pg_has_role('GROUP', 'USAGE') OR customer = 1)",
            "CREATE POLICY p ON SCHEMA.orders AS RESTRICTIVE USING (current_user <> 'x')",
            "CREATE POLICY p ON SCHEMA.orders AS RESTRICTIVE USING (session_user::text <> 'x')",
            "CREATE POLICY p ON SCHEMA.orders AS RESTRICTIVE FOR INSERT WITH CHECK (user <> 'x')",
            "CREATE POLICY p ON SCHEMA.orders AS RESTRICTIVE USING (has_table_privilege('SCHEMA.salaries', 'SELECT'))",
            "CREATE POLICY p ON SCHEMA.orders AS RESTRICTIVE USING (current_setting('role') <> 'x')",
            "CREATE POLICY p ON SCHEMA.orders AS RESTRICTIVE USING (EXISTS (SELECT FROM pg_auth_members))",
            "CREATE POLICY p ON SCHEMA.orders AS RESTRICTIVE USING (customer IN (SELECT id FROM SCHEMA.customers))",
            "CREATE FUNCTION SCHEMA.f(int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';"
                + "CREATE POLICY p ON SCHEMA.orders AS RESTRICTIVE USING (SCHEMA.f(customer))",
            "CREATE FUNCTION SCHEMA.g(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';"
                + "CREATE OPERATOR SCHEMA.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = SCHEMA.g);"
                + "CREATE POLICY p ON SCHEMA.orders AS RESTRICTIVE USING (customer OPERATOR(SCHEMA.===) 1)",
            "CREATE POLICY p ON SCHEMA.orders AS RESTRICTIVE USING ('x'::text::regrole IS NOT NULL)",
        ]

        @Test(arguments: telling)
        func onesThatMayTellMembersFromOthersAreNotEvaded(policy: String) async throws {
            let before = try await field("SELECT 1")
            let narrowed = try await before.group(before.member())
            let (_, leaser) = try await before.leaser(narrowed)
            _ = try await leaser.query("SELECT id FROM \(before.schema).orders")
            try await before.sql(policy)
            #expect(try await before.tend(narrowed) == "revoked")
            await expectSQLState("42501") {
                _ = try await leaser.query("SELECT id FROM \(before.schema).orders")
            }
            try await before.age(narrowed)
            for function in ["narrow", "preview"] {
                let row = try await before.call(function, "[\(before.member())]").only()
                try expectCode(row, "MF020")
                #expect(try row.string("message").contains("policy p of the row-level security of"))
            }
            // As long as the table's row-level security is in force only.
            try await before.sql("ALTER TABLE SCHEMA.orders DISABLE ROW LEVEL SECURITY")
            #expect(try await before.group(before.member()) == narrowed)
        }

        @Test func aViewOverSuchATableIsNoWayRound() async throws {
            let field = try await field("SELECT 1")
            try await field.sql(
                """
                CREATE VIEW SCHEMA.mine AS SELECT * FROM SCHEMA.orders; CREATE VIEW SCHEMA.my AS SELECT * FROM SCHEMA.mine;
                GRANT SELECT ON SCHEMA.my TO GROUP;
                """)
            let member = field.member([("my", "null")])
            let narrowed = try await field.group(member)
            try await field.sql(
                """
                CREATE POLICY p ON SCHEMA.orders AS RESTRICTIVE
                    USING (NOT pg_has_role(current_user, 'GROUP', 'USAGE') OR customer = 1)
                """)
            #expect(try await field.tend(narrowed) == "revoked")
            try await field.age(narrowed)
            try expectCode(try await field.narrow(member), "MF020")
        }
    }
}
