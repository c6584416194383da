import MayflyTesting
import SQLClients
import Testing

extension MariaDBGuardAttack {
    /// What others may do to narrowed groups at a bad moment, or to make them more than they are.
    @Suite(.serialized) struct NarrowingTrouble {
        private static let shared = Task { () async throws -> MariaDBGuardServer in
            let guarded = try await MariaDBGuardServer.startNarrowing()
            try await guarded.server.client(
                script: """
                    CREATE SCHEMA own; CREATE TABLE own.t (id INT); CREATE USER app@localhost IDENTIFIED BY 'App-Password-1';
                    GRANT ALL ON own.* TO app@localhost WITH GRANT OPTION;
                    """)
            return guarded
        }

        private typealias Part = MariaDBNarrowedPart

        private func made(_ guarded: MariaDBGuardServer, _ parts: [Part]) async throws -> String {
            let row = try guarded.only(try await guarded.narrow(parts))
            return try #require(try row.optionalString("narrowed"), "\(row.values)")
        }

        /// A call that waits for a lock does so for a second or two, not until the lock goes.
        private func bounded<T>(_ call: () async throws -> T) async throws -> T {
            let clock = ContinuousClock()
            let start = clock.now
            let answer = try await call()
            #expect(clock.now - start < .seconds(8))
            return answer
        }

        /// Makes `tables`, narrows to the columns `id` of the first and to the others, and locks the first.
        private func locked(
            _ guarded: MariaDBGuardServer, _ tables: [String], before: String = "DO 0"
        ) async throws -> (group: String, holder: MariaDBConnection) {
            for table in tables {
                try await guarded.server.execute("CREATE TABLE app.\(table) (id INT, other INT)")
            }
            try await guarded.server.execute(before)
            let group = try await made(
                guarded, [Part(tables[0], ["id"])] + tables.dropFirst().map { Part($0) })
            let holder = try await guarded.server.connect(as: "root", password: nil)
            _ = try await holder.query("LOCK TABLES app.\(tables[0]) WRITE")
            return (group, holder)
        }

        @Test func whatIsTakenAndCannotBeGivenAgainIsAFaultUntilItIsGiven() async throws {
            let guarded = try await Self.shared.value
            let (group, holder) = try await locked(guarded, ["held", "beside"])
            let all = ["app.beside Select", "app.held.id Select"]
            #expect(try await guarded.rights(of: group) == all)
            let member = MariaDBGuardMember().with("groups", "[\"\(group)\"]")
            let lease = try await guarded.issue(member)
            let leaser = try await guarded.leaser(lease)
            // Whoever may hand on anything of his own can make what is too much, and a lock is anybody's.
            let app = try await guarded.server.connect(as: "app", password: "App-Password-1")
            _ = try await app.query("GRANT SELECT ON own.t TO `\(group)`")
            let answer = try await bounded { try await guarded.tend() }
            #expect(answer.contains([group, "fault"]))
            #expect(try await guarded.rights(of: group) == ["app.beside Select"])
            _ = try await leaser.query("SELECT * FROM app.beside")
            // The lock is there still: nobody is told that all is well, and no new lease is made of it.
            _ = try await bounded { try await guarded.tend() }
            #expect(try await guarded.fault(of: group)?.contains("ON `app`.`held`") == true)
            let other = MariaDBGuardMember().with("groups", "[\"\(group)\"]")
            #expect(try await guarded.attempt(other).string("code") == "MF002")
            let row = try await bounded {
                try guarded.only(try await guarded.narrow([Part("held", ["id"]), Part("beside")]))
            }
            #expect(try row.string("code") == "MF003" && row.string("message").contains("`held`"))

            _ = try await holder.query("UNLOCK TABLES")
            _ = try await guarded.tend()
            #expect(try await guarded.rights(of: group) == all)
            #expect(try await guarded.fault(of: group) == nil)
            _ = try await leaser.query("SELECT id FROM app.held")
            #expect(try await guarded.attempt(other).string("code") == "00000")
            for connection in [holder, leaser, app] { await connection.close() }
        }

        /// A server that stops between the two leaves the mark.
        @Test func whatWasTakenWhenTheServerStoppedIsGivenAgain() async throws {
            let guarded = try await Self.shared.value
            try await guarded.server.execute("CREATE TABLE app.stopped (id INT)")
            let group = try await made(guarded, [Part("stopped")])
            let account = guarded.server.isMySQL ? "`\(group)`@`%`" : "`\(group)`"
            try await guarded.server.client(
                script: """
                    UPDATE mayfly.narrowed SET owed_since = SYSDATE(6) WHERE name = '\(group)';
                    REVOKE ALL PRIVILEGES, GRANT OPTION FROM \(account);
                    """)
            _ = try await guarded.tend()
            #expect(try await guarded.rights(of: group) == ["app.stopped Select"])
            // What somebody took by hand is given by the next `narrow`, not by tending.
            try await guarded.server.execute("REVOKE ALL PRIVILEGES, GRANT OPTION FROM \(account)")
            _ = try await guarded.tend()
            #expect(try await guarded.rights(of: group).isEmpty)
        }

        @Test func whatItsGroupLosesIsTakenWithoutTheRest() async throws {
            let guarded = try await Self.shared.value
            let (group, holder) = try await locked(
                guarded, ["waiting", "kept"], before: "GRANT INSERT ON app.kept TO orders_readonly")
            #expect(
                try await guarded.rights(of: group) == ["app.kept Select,Insert", "app.waiting.id Select"])
            try await guarded.server.execute("REVOKE INSERT ON app.kept FROM orders_readonly")
            #expect(try await guarded.tend().contains([group, "revoked"]))
            #expect(try await guarded.rights(of: group) == ["app.kept Select", "app.waiting.id Select"])
            #expect(try await guarded.fault(of: group) == nil)
            await holder.close()
        }

        @Test func aScopeOfALockedTableIsRefusedInTimeAndTheOthersOfItsBatchAreMade() async throws {
            let guarded = try await Self.shared.value
            let (_, holder) = try await locked(guarded, ["busy", "free"])
            func member(_ part: Part) -> String {
                #"{"bases": ["orders_readonly"], "scope": [\#(part.json)]}"#
            }
            let batch =
                "[" + [Part("busy", ["other"]), Part("free", ["id"])].map(member).joined(separator: ", ")
                + "]"
            let rows = try await bounded { try await guarded.call("narrow", batch) }
            #expect(try rows.map { try $0.string("code") } == ["MF003", "00000"])
            #expect(try rows[0].string("message").contains("ON `app`.`busy`: "), "\(rows[0].values)")
            #expect(try rows[0].optionalString("narrowed") == nil)
            _ = try await holder.query("UNLOCK TABLES")
            let group = try await made(guarded, [Part("busy", ["other"])])
            #expect(try await guarded.rights(of: group) == ["app.busy.other Select"])
            await holder.close()
        }

        @Test func whoAsksForScopesThatNobodyHasKeepsNobodyFromNarrowing() async throws {
            let guarded = try await Self.shared.value
            let server = guarded.server
            try await server.client(
                script:
                    "CREATE TABLE app.room (a INT, b INT, c INT, d INT); UPDATE mayfly.narrowed SET leaving = TRUE;"
            )
            _ = try await guarded.tend()
            let had = try await made(guarded, [Part("room", ["a"])])
            _ = try await guarded.issue(MariaDBGuardMember().with("groups", "[\"\(had)\"]"))
            let unused = try await made(guarded, [Part("room", ["b"])])
            try await server.execute("UPDATE mayfly.guard SET max_narrowed = 2")
            func attempt(_ column: String) async throws -> String {
                try guarded.only(try await guarded.narrow([Part("room", [column])])).string("code")
            }
            // It was asked for just now, and may be about to be given.
            #expect(try await attempt("c") == "MF006")
            try await server.execute("UPDATE mayfly.narrowed SET asked_at = SYSDATE(6) - INTERVAL 6 SECOND")
            #expect(try await attempt("c") == "00000")
            #expect(try await !guarded.exists(unused))
            #expect(try await guarded.exists(had))
            #expect(try await attempt("d") == "MF006")
            // What is asked for again is not what goes.
            try await server.execute("UPDATE mayfly.narrowed SET asked_at = SYSDATE(6) - INTERVAL 6 SECOND")
            #expect(try await attempt("c") == "00000")
            #expect(try await attempt("d") == "MF006")
            // Each is an issue, as the ceiling counts them.
            try await server.execute("UPDATE mayfly.guard SET max_narrowed = 500, max_issues_per_minute = 1")
            #expect(try await attempt("d") == "MF007")
            #expect(try await attempt("c") == "00000")
            try await server.execute("UPDATE mayfly.guard SET max_issues_per_minute = 100000")
            #expect(try await attempt("d") == "00000")
        }

        @Test func aNameThatIsAllowedAndNoMoreIsOfNoUse() async throws {
            let guarded = try await Self.shared.value
            try await guarded.server.client(
                script: """
                    CREATE ROLE merely_named; GRANT SELECT ON app.* TO merely_named; CREATE TABLE app.named (id INT);
                    INSERT INTO mayfly.allowed_group VALUES ('merely_named');
                    """)
            let member = MariaDBGuardMember(groups: ["merely_named"])
            #expect(try await guarded.attempt(member).string("code") != "00000")
            #expect(try await !guarded.exists(member.role))
            func narrowed() async throws -> MariaDBRow {
                try guarded.only(try await guarded.narrow([Part("named")], of: "merely_named"))
            }
            #expect(try await narrowed().string("code") == "MF002")
            // A group that was narrowed, and that the guard is to give no more.
            try await guarded.server.execute("GRANT merely_named TO mayfly_guard@localhost WITH ADMIN OPTION")
            let group = try #require(try await narrowed().optionalString("narrowed"))
            try await guarded.server.execute("REVOKE merely_named FROM mayfly_guard@localhost")
            let late = MariaDBGuardMember().with("groups", "[\"\(group)\"]")
            #expect(try await guarded.attempt(late).string("code") == "MF002")
        }

        /// On MySQL a role is an account: whoever has CREATE USER could let it in.
        @Test func aRoleThatSomebodyOpenedIsClosedAndWhoCameInIsThrownOut() async throws {
            let guarded = try await Self.shared.value
            let server = guarded.server
            guard server.isMySQL else { return }
            try await server.execute("CREATE TABLE app.opened (id INT)")
            let group = try await made(guarded, [Part("opened")])
            try await server.execute("ALTER USER `\(group)`@`%` ACCOUNT UNLOCK")
            let session = try await server.connect(as: group, password: nil)
            _ = try await session.query("SELECT id FROM app.opened")
            #expect(try await guarded.tend().contains([group, "revoked"]))
            await #expect(throws: MariaDBError.self) {
                _ = try await session.query("SELECT id FROM app.opened")
            }
            await #expect(throws: MariaDBError.self) {
                _ = try await server.connect(as: group, password: nil)
            }
            // With passwords, by `narrow`.
            try await server.client(
                script: """
                    ALTER USER `\(group)`@`%` IDENTIFIED BY 'Back-Door-1' ACCOUNT UNLOCK;
                    ALTER USER `\(group)`@`%` IDENTIFIED BY 'Back-Door-2' RETAIN CURRENT PASSWORD;
                    """)
            #expect(try await made(guarded, [Part("opened")]) == group)
            for password in [nil, "Back-Door-1", "Back-Door-2"] {
                await #expect(throws: MariaDBError.self) {
                    _ = try await server.connect(as: group, password: password)
                }
            }
            let left = try guarded.only(
                Array(
                    try await server.execute(
                        """
                        SELECT CONCAT(account_locked, authentication_string, COALESCE(User_attributes, '')) AS line
                          FROM mysql.user WHERE User = ?
                        """, [group])))
            #expect(try left.string("line") == "Y")
            #expect(try await guarded.rights(of: group) == ["app.opened Select"])
            // One that the guard may not close is used no more.
            try await server.client(
                script:
                    "GRANT SYSTEM_USER ON *.* TO `\(group)`@`%`; ALTER USER `\(group)`@`%` ACCOUNT UNLOCK;")
            #expect(try await guarded.tend().contains([group, "fault"]))
            let row = try guarded.only(try await guarded.narrow([Part("opened")]))
            #expect(try row.string("code") == "MF003", "\(row.values)")
            try await server.execute("DROP USER `\(group)`@`%`")
        }
    }
}
