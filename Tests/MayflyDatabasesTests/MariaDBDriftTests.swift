import MayflyCore
import MayflyDatabases
import MayflyTesting
import SQLClients
import Testing

/// Somebody changes what was in step on MariaDB or MySQL: a DBA and the broker's account both find it, and what is printed
/// mends it.
@Suite struct MariaDBDriftTests {
    /// Where a break can be made.
    enum Place: Sendable { case both, mariadb, mysql }

    struct Break: Sendable, CustomTestStringConvertible {
        var name: String
        /// With `$S` for the schema and `$G` for the group.
        var damage: String
        /// What must be printed, likewise.
        var mend: [String]
        var place = Place.both
        /// The statements of MySQL's, where they are others.
        var mendOnMySQL: [String]?

        var testDescription: String { name }
    }

    private static func world(_ name: String) async throws -> MariaDBScopeWorld {
        let world = try await MariaDBScopeWorld.make(
            "g_\(name)",
            """
            CREATE SCHEMA \(name); CREATE TABLE \(name).orders (id INT, total INT); CREATE TABLE \(name).items (id INT, note TEXT);
            CREATE PROCEDURE \(name).work() SELECT 1; CREATE ROLE \(name)more;
            """,
            ScopeGrant(.tables(schema: Glob(name), NameSelection(names: ["orders"])), [.select]),
            ScopeGrant(.columns(["note"], schema: Glob(name), NameSelection(names: ["items"])), [.update]))
        #expect(try await world.apply().isInStep)
        #expect(try await world.told().isInStep)
        return world
    }

    @Test(
        "What was given, taken away or put elsewhere is found, and what is printed mends it",
        arguments: [
            Break(
                name: "dtable", damage: "GRANT DELETE, SELECT ON $S.items TO $G",
                mend: ["REVOKE SELECT, DELETE ON `$S`.`items` FROM $G"]),
            Break(
                name: "dtaken", damage: "REVOKE SELECT ON $S.orders FROM $G",
                mend: ["GRANT SELECT ON `$S`.`orders` TO $G"]),
            Break(
                name: "dtakencolumn", damage: "REVOKE UPDATE (note) ON $S.items FROM $G",
                mend: ["GRANT UPDATE (`note`) ON `$S`.`items` TO $G"]),
            Break(
                name: "dcolumn", damage: "GRANT SELECT (id), REFERENCES (id) ON $S.items TO $G",
                mend: ["REVOKE SELECT (`id`), REFERENCES (`id`) ON `$S`.`items` FROM $G"]),
            // What a column has goes when it is revoked from the table.
            Break(
                name: "dwhole", damage: "GRANT UPDATE ON $S.items TO $G",
                mend: [
                    "REVOKE UPDATE ON `$S`.`items` FROM $G", "GRANT UPDATE (`note`) ON `$S`.`items` TO $G",
                ]),
            Break(
                name: "dschema", damage: "GRANT SELECT, CREATE TEMPORARY TABLES ON $S.* TO $G",
                mend: ["REVOKE SELECT, CREATE TEMPORARY TABLES ON `$S`.* FROM $G"]),
            Break(
                name: "dwildcard",
                damage: "GRANT INSERT ON `dwildcar_`.* TO $G; GRANT DELETE ON `dwild%`.* TO $G",
                mend: ["REVOKE DELETE ON `dwild%`.* FROM $G", "REVOKE INSERT ON `dwildcar_`.* FROM $G"]),
            Break(
                name: "dsystem", damage: "GRANT SELECT ON mysql.* TO $G; GRANT SELECT ON mayfly.lease TO $G",
                mend: ["REVOKE SELECT ON `mysql`.* FROM $G", "REVOKE SELECT ON `mayfly`.`lease` FROM $G"]),
            Break(
                name: "dglobal", damage: "GRANT FILE, PROCESS, SELECT, CREATE TEMPORARY TABLES ON *.* TO $G",
                mend: ["REVOKE SELECT, CREATE TEMPORARY TABLES, FILE, PROCESS ON *.* FROM $G"]),
            Break(
                name: "doption", damage: "GRANT SHUTDOWN ON *.* TO $G WITH GRANT OPTION",
                mend: ["REVOKE GRANT OPTION, SHUTDOWN ON *.* FROM $G"]),
            Break(
                name: "dtableoption", damage: "GRANT SELECT ON $S.orders TO $G WITH GRANT OPTION",
                mend: ["REVOKE GRANT OPTION ON `$S`.`orders` FROM $G"]),
            Break(
                name: "dschemaoption", damage: "GRANT INSERT ON $S.* TO $G WITH GRANT OPTION",
                mend: ["REVOKE INSERT, GRANT OPTION ON `$S`.* FROM $G"]),
            Break(
                name: "dbinlog", damage: "GRANT BINLOG ADMIN, READ_ONLY ADMIN ON *.* TO $G",
                mend: ["REVOKE BINLOG ADMIN, READ_ONLY ADMIN ON *.* FROM $G"], place: .mariadb),
            Break(
                name: "ddynamic", damage: "GRANT BACKUP_ADMIN ON *.* TO $G WITH GRANT OPTION",
                mend: ["REVOKE BACKUP_ADMIN ON *.* FROM $G"], place: .mysql),
            Break(
                name: "dproxy",
                damage: "CREATE USER dproxied@localhost; GRANT PROXY ON dproxied@localhost TO $G",
                mend: ["REVOKE PROXY ON `dproxied`@`localhost` FROM $G"], place: .mysql),
            Break(
                name: "drole", damage: "GRANT SELECT ON $S.items TO $Smore; GRANT $Smore TO $G",
                mend: ["REVOKE `$Smore` FROM $G"], mendOnMySQL: ["REVOKE `$Smore`@`%` FROM $G"]),
            Break(
                name: "droleadmin", damage: "GRANT $Smore TO $G WITH ADMIN OPTION",
                mend: ["REVOKE `$Smore` FROM $G"], mendOnMySQL: ["REVOKE `$Smore`@`%` FROM $G"]),
            Break(
                name: "droutine", damage: "GRANT EXECUTE ON PROCEDURE $S.Work TO $G WITH GRANT OPTION",
                mend: ["REVOKE EXECUTE, GRANT OPTION ON PROCEDURE `$S`.`work` FROM $G"]),
            Break(
                name: "dhandon", damage: "REVOKE $G FROM mayfly_guard@localhost",
                mend: ["GRANT $G TO mayfly_guard@localhost WITH ADMIN OPTION"]),
            Break(
                name: "ddropped", damage: "DROP ROLE $G",
                mend: [
                    "CREATE ROLE $G", "GRANT UPDATE (`note`) ON `$S`.`items` TO $G",
                    "GRANT SELECT ON `$S`.`orders` TO $G",
                    "GRANT $G TO mayfly_guard@localhost WITH ADMIN OPTION",
                ]),
        ])
    func found(_ broken: Break) async throws {
        let world = try await Self.world(broken.name)
        switch (broken.place, world.server.isMySQL) {
        case (.both, _), (.mariadb, false), (.mysql, true): break
        case (.mariadb, true), (.mysql, false): return
        }
        func filled(_ text: String) -> String {
            text.replacing("$S", with: broken.name).replacing("$G", with: "`\(world.group)`")
        }
        let before = try await world.grants()
        try await world.server.client(script: filled(broken.damage))
        let mend = (world.server.isMySQL ? broken.mendOnMySQL ?? broken.mend : broken.mend).map(filled)
        let plan = try await world.plan()
        #expect(plan.steps.map(\.statement) == mend)
        #expect(plan.obstacles == [])
        let told = try await world.told()
        #expect(told.steps.map(\.statement) == mend)
        #expect(told.obstacles == [])
        try await world.applyPrinted()
        let after = try await world.plan()
        #expect(after.isInStep, "\(after.differences)")
        #expect(try await world.told().isInStep)
        #expect(try await world.grants() == before)
    }

    @Test(
        "A table that was renamed is missed, and its grant, which goes for whatever gets its name, is taken away"
    )
    func renamed() async throws {
        let world = try await Self.world("drenamed")
        try await world.server.execute("RENAME TABLE drenamed.orders TO drenamed.orders_old")
        for plan in [try await world.plan(), try await world.told()] {
            #expect(plan.steps.map(\.statement) == ["REVOKE SELECT ON `drenamed`.`orders` FROM `g_drenamed`"])
            #expect(plan.obstacles.map(\.message) == ["there is no table drenamed.orders"])
        }
        try await world.applyPrinted()
        #expect(try await world.plan().obstacles.map(\.message) == ["there is no table drenamed.orders"])
        try await world.server.execute("RENAME TABLE drenamed.orders_old TO drenamed.orders")
        #expect(try await world.apply().isInStep)
    }

    @Test(
        "A group that the guard does not allow is nothing that the broker is told of; what it prints makes it so"
    )
    func notAllowed() async throws {
        let world = try await Self.world("dallowed")
        try await world.server.client(
            script:
                "DELETE FROM mayfly.allowed_group WHERE name = 'g_dallowed'; GRANT FILE ON *.* TO g_dallowed;"
        )
        #expect(
            try await world.plan().steps.map(\.statement) == [
                "REVOKE FILE ON *.* FROM `g_dallowed`",
                "INSERT INTO mayfly.allowed_group (name) VALUES ('g_dallowed')",
            ])
        let told = try await world.told()
        #expect(told.notes == ["what it holds is not told until the guard allows it"])
        #expect(!told.steps.contains { $0.statement.contains("FILE") })
        for step in told.steps { try await world.server.execute(step.statement) }
        #expect(try await world.told().steps.map(\.statement) == ["REVOKE FILE ON *.* FROM `g_dallowed`"])
    }

    @Test("A role that was made an account is refused, and nothing is done to it")
    func loggingIn() async throws {
        guard try await MariaDBScopeWorld.make("x").server.isMySQL else { return }
        for (index, statement) in [
            "ALTER USER $G ACCOUNT UNLOCK", "ALTER USER $G IDENTIFIED BY 'Somebody-1'",
        ].enumerated() {
            let world = try await Self.world("dlogin\(index)")
            try await world.server.execute(statement.replacing("$G", with: world.group))
            for plan in [try await world.plan(), try await world.told()] {
                #expect(plan.isRefused && plan.steps.isEmpty && plan.obstacles.count == 1)
            }
        }
    }

    @Test("A pattern means none of the server's own schemas, nor the guard's, for the broker either")
    func systemSchemas() async throws {
        var world = try await Self.world("dpattern")
        world.profile.scope = Scope([
            ScopeGrant(.level(.read, schema: "*"), []),
            ScopeGrant(.tables(schema: "*", NameSelection(names: ["*e*"])), [.select]),
        ])
        try await world.server.client(
            script: """
                GRANT SELECT ON mysql.* TO g_dpattern; GRANT SELECT ON `mayfl_`.* TO g_dpattern;
                GRANT SELECT ON mysql.user TO g_dpattern; GRANT SELECT ON mayfly.lease TO g_dpattern;
                """)
        let told = try await world.told().steps.map(\.statement)
        for statement in [
            "REVOKE SELECT ON `mysql`.* FROM `g_dpattern`", "REVOKE SELECT ON `mayfl_`.* FROM `g_dpattern`",
            "REVOKE SELECT ON `mysql`.`user` FROM `g_dpattern`",
            "REVOKE SELECT ON `mayfly`.`lease` FROM `g_dpattern`",
        ] { #expect(told.contains(statement), "\(statement) in \(told)") }
    }

    @Test("A name that no statement can say is told, and keeps nobody from seeing the rest")
    func unsayable() async throws {
        let world = try await MariaDBScopeWorld.make(
            "g_dodd", "CREATE SCHEMA dodd; CREATE TABLE dodd.inv_a (id INT);",
            ScopeGrant(.tables(schema: "dodd", NameSelection(names: ["inv_*"])), [.select]))
        #expect(try await world.apply().isInStep)
        // Whoever may make tables may have chosen it.
        try await world.server.execute("CREATE TABLE dodd.`inv_\u{1}b` (id INT)")
        try await world.server.execute("GRANT DELETE ON dodd.inv_a TO g_dodd")
        let plan = try await world.plan()
        #expect(plan.steps.map(\.statement) == ["REVOKE DELETE ON `dodd`.`inv_a` FROM `g_dodd`"])
        #expect(
            plan.obstacles.count == 1 && plan.obstacles[0].message.contains("no statement can be written"))
        #expect(try await world.told().steps == plan.steps)
        try await world.server.execute("GRANT SELECT ON dodd.`inv_\u{1}b` TO g_dodd")
        #expect(try await world.plan().obstacles.isEmpty)
        try await world.server.execute("GRANT INSERT ON dodd.`inv_\u{1}b` TO g_dodd")
        for plan in [try await world.plan(), try await world.told()] {
            #expect(plan.obstacles.count == 1 && plan.steps.count == 1, "\(plan.differences)")
        }
    }

    @Test("A guard that is older tells nothing of it, and nothing is guessed")
    func older() async throws {
        let server = try await MariaDBScopeWorld.start()
        let world = try await MariaDBScopeWorld.make("g_older", "CREATE SCHEMA older", server: server)
        try await server.execute("DROP PROCEDURE mayfly.held")
        #expect(try await world.apply().isInStep)
        await #expect { _ = try await world.told() } throws: { error in
            (error as? EngineFailure)?.message.contains("guard is older") == true
        }
    }
}
