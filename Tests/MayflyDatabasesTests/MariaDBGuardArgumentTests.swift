import MayflyTesting
import SQLClients
import Testing

extension MariaDBGuardAttack {
    /// What the broker's account may put into a batch.
    @Suite struct Arguments {
        struct Bad: Sendable, CustomTestStringConvertible {
            var field: String
            var json: String?
            var code = "MF001"
            var testDescription: String { "\(field) = \(json?.prefix(60) ?? "absent") → \(code)" }
        }

        static let zeros = "*" + String(repeating: "0", count: 40)
        static let ed25519 = String(repeating: "A", count: 43)

        static let badMembers: [Bad] =
            // Every field absent, null, and of another type.
            [
                "lease", "role", "plugin", "verifier", "groups", "ttl_seconds", "connection_limit",
                "settings",
                "requester", "reason",
            ]
            .flatMap {
                [
                    Bad(field: $0, json: nil), Bad(field: $0, json: "null"), Bad(field: $0, json: "true"),
                    Bad(field: $0, json: #"{"a": "b"}"#, code: $0 == "settings" ? "MF010" : "MF001"),
                    Bad(field: $0, json: #"[["x"]]"#),
                ]
            }
            + [
                Bad(field: "surplus", json: "1"), Bad(field: "Lease", json: #""x""#),
                // A key that comes twice: which of the two would be judged, and which taken?
                Bad(field: "role\": \"root\", \"role", json: #""mf_t1_ann_abcdefghijklm""#),
                Bad(field: "lease", json: #""00000000-0000-4000-8000-00000000000A""#),
                Bad(field: "lease", json: #""00000000-0000-4000-8000-000000000000\n""#),
                Bad(field: "lease", json: #""00000000-0000-4000-8000-00000000000é""#),
                Bad(field: "lease", json: "\"\(String(repeating: "0", count: 5000))\""),
            ]
            // Names of somebody else. Look-alikes are from other alphabets.
            + [
                "root", "mayfly_guard", "mf_t2_ann_abcdefghijklm", "mf_t1_ann_abcdefghijklm\\n",
                "mf_t1_ann_abcdefghijklm\\nx", "\\nmf_t1_ann_abcdefghijklm", "mf_t1_ANN_abcdefghijklm",
                "MF_T1_ANN_ABCDEFGHIJKLM", "mf_t1_ann_abcdefghijkl1", "mf_t1_ann_abcdefghijkl",
                "mf_t1_ann_abcdefghijklmn", "mf_t1__abcdefghijklm", "mf_t1_toolongname_abcdefghijklm",
                "xmf_t1_ann_abcdefghijklm", "mf_t1_änn_abcdefghijklm", "mf_t1_аnn_abcdefghijklm",
                "mf_t1_ann_abcdefghijklm\\u0000", "mf_t1_ann_abcdefghijklm ", "mf_t1_ann_ａbcdefghijklm",
                "mf_t1_ann_abcdefghijklm`@`%` IDENTIFIED BY ''; -- ", "mf_t1_ann_abcdefghijklm'", "",
                "mf_t1_ann_abcdefghijklm\\\\", "mf%t1_ann_abcdefghijklm",
            ].map { Bad(field: "role", json: "\"\($0)\"") }
            // What the server would take for a plain password, or for nothing.
            + [
                "", "hunter2", "*", "*hunter2", String(zeros.dropLast()), zeros + "0", zeros + "\\n",
                " " + zeros,
                zeros.replacing("0", with: "a"), zeros.replacing("0", with: "G"), "5d2e19393cc5ef67",
                ed25519, "$A$005$" + String(repeating: "a", count: 62),
                "$A$005$" + String(repeating: "a", count: 64), "$A$006$" + String(repeating: "a", count: 63),
                "$A$005$" + String(repeating: "a", count: 62) + "'",
                "$A$005$" + String(repeating: "a", count: 62) + "\\u0001",
                "' WITH MAX_USER_CONNECTIONS 0; -- ",
                zeros.replacing("0", with: "０"), "\\\\", "\\u0000",
            ].map { Bad(field: "verifier", json: "\"\($0)\"") }
            + [
                "", "ed25519", "unix_socket", "pam", "MYSQL_NATIVE_PASSWORD", "mysql_native_password\\n",
                "mysql_native_password ",
                "mysql_old_password", "caching_sha2_password'", "auth_socket", "named_pipe",
            ].map { Bad(field: "plugin", json: "\"\($0)\"") }
            + [
                Bad(field: "ttl_seconds", json: "0"), Bad(field: "ttl_seconds", json: "-60"),
                Bad(field: "ttl_seconds", json: "1.5"), Bad(field: "ttl_seconds", json: "60.0"),
                Bad(field: "ttl_seconds", json: "\"60\""), Bad(field: "ttl_seconds", json: "6e1"),
                Bad(field: "ttl_seconds", json: "1e300"),
                Bad(field: "ttl_seconds", json: "28801", code: "MF005"),
                Bad(field: "ttl_seconds", json: "4294967296", code: "MF005"),
                Bad(field: "connection_limit", json: "0"), Bad(field: "connection_limit", json: "-1"),
                Bad(field: "connection_limit", json: "1001"), Bad(field: "connection_limit", json: "1e2"),
                Bad(field: "connection_limit", json: "\"5\""), Bad(field: "connection_limit", json: "5.5"),
                Bad(field: "groups", json: "[]"), Bad(field: "groups", json: "[null]"),
                Bad(field: "groups", json: #"[["orders_readonly"]]"#), Bad(field: "groups", json: "[1]"),
                Bad(field: "groups", json: #""orders_readonly""#),
                Bad(field: "groups", json: "[\"\(String(repeating: "g", count: 200))\"]", code: "MF001"),
                Bad(field: "settings", json: "[]"),
                Bad(field: "requester", json: #""ann\nuntil=9999""#),
                Bad(field: "requester", json: #""ann\u001b[2J""#),
                Bad(field: "requester", json: #""ann\u0000""#),
                Bad(field: "requester", json: #""ann\u202e""#),
                Bad(field: "requester", json: #""ann\u2028""#),
                Bad(field: "requester", json: "\"\(String(repeating: "a", count: 201))\""),
                Bad(field: "reason", json: #""a\rb""#),
                Bad(field: "reason", json: "\"\(String(repeating: "a", count: 2001))\""),
                Bad(field: "reason", json: "\"\(String(repeating: "a", count: 100_000))\""),
            ]

        @Test(arguments: badMembers)
        func aBadMemberIsRefusedAloneAndLeavesNothing(bad: Bad) async throws {
            let guarded = try await MariaDBGuardServer.shared()
            // MySQL's parser keeps the last of two, before anybody looks.
            guard !guarded.server.isMySQL || !bad.field.contains("\"") else { return }
            let good = MariaDBGuardMember().fitting(guarded.server)
            var member = MariaDBGuardMember().fitting(guarded.server)
            member = bad.json.map { member.with(bad.field, $0) } ?? member.without(bad.field)
            let rows = try await guarded.call("issue", "[\(member.json), \(good.json)]")
            try #require(rows.count == 2)
            let codes = bad.field == "ttl_seconds" ? ["MF001", "MF005"] : [bad.code]
            let code = try rows[0].string("code")
            #expect(codes.contains(code), "\(code)")
            #expect(try rows[0].optionalString("valid_until") == nil)
            try expectCode(rows[1], "00000")
            #expect(try rows[1].string("lease") == good.lease)
            #expect(
                try await guarded.server.execute("SELECT 1 FROM mayfly.lease WHERE lease = ?", [member.lease])
                    .isEmpty)
            #expect(try await !guarded.exists(member.role))
            #expect(try await guarded.exists(good.role))
        }

        static let procedures = [
            "issue", "renew", "replace_verifier", "lock", "terminate", "hanging", "drop", "find",
        ]

        @Test(
            arguments: procedures,
            [nil, "null", "{}", "\"x\"", "1", "", "[1", "[]]", "{\"a\": []}", #"[{"lease": "\ud800"}]"#])
        func aBatchThatIsNoArrayIsRefused(procedure: String, batch: String?) async throws {
            let guarded = try await MariaDBGuardServer.shared()
            await expectRefusal("MF001") { _ = try await guarded.call(procedure, batch) }
        }

        @Test(arguments: procedures)
        func aMemberThatIsNoFlatObjectIsRefused(procedure: String) async throws {
            let guarded = try await MariaDBGuardServer.shared()
            let rows = try await guarded.call(
                procedure,
                #"[null, 1, "x", [], [[]], {}, {"lease": null}, {"lease": ["x"]}, {"lease": "x"}, {"a": 1}]"#)
            #expect(try rows.map { try $0.string("code") } == Array(repeating: "MF001", count: 10))
            #expect(try rows.map { try $0.int("ordinal") } == Array(1...10))
        }

        @Test(arguments: procedures)
        func moreThan500MembersAreRefused(procedure: String) async throws {
            let guarded = try await MariaDBGuardServer.shared()
            let batch = "[" + Array(repeating: "1", count: 501).joined(separator: ",") + "]"
            await expectRefusal("MF001") { _ = try await guarded.call(procedure, batch) }
        }

        @Test func aLeaseNamedTwiceInABatchIsRefused() async throws {
            let guarded = try await MariaDBGuardServer.shared()
            let member = MariaDBGuardMember().fitting(guarded.server)
            await expectRefusal("MF001") {
                _ = try await guarded.call("issue", "[\(member.json), \(member.json)]")
            }
        }

        @Test func aRoleNamedTwiceInABatchIsMadeOnce() async throws {
            let guarded = try await MariaDBGuardServer.shared()
            let member = MariaDBGuardMember().fitting(guarded.server)
            let other = MariaDBGuardMember().fitting(guarded.server).with("role", "\"\(member.role)\"")
            let rows = try await guarded.call("issue", "[\(member.json), \(other.json)]")
            #expect(try rows.map { try $0.string("code") } == ["00000", "MF014"])
            #expect(try await guarded.standing(member.role) == "live")
        }

        @Test func anEmptyBatchIsAnsweredByNothing() async throws {
            let guarded = try await MariaDBGuardServer.shared()
            for procedure in Self.procedures { #expect(try await guarded.call(procedure, "[]").isEmpty) }
        }

        static let injections = [
            #"'; DROP TABLE mayfly.lease; -- "#, #"\\'; GRANT SUPER ON *.* TO x; -- "#, #"\\"#, #"\\\\'"#,
            #"\" IDENTIFIED BY '' -- "#, "`; DROP USER root@localhost; -- ", "%s {{broker}} ? @x :x", "0x27",
            "名前 ünïcödé 🦟", "' OR ''='", #"\u0027 \u005c\u0027"#, "/*! KILL 1 */", "// DELIMITER ;",
        ]
        static let modes = ["", "ANSI_QUOTES", "NO_BACKSLASH_ESCAPES", "ANSI_QUOTES,NO_BACKSLASH_ESCAPES"]

        @Test(arguments: injections, modes)
        func sqlInFreeTextIsText(text: String, mode: String) async throws {
            let guarded = try await MariaDBGuardServer.shared()
            let member = MariaDBGuardMember().with("requester", "\"\(text)\"").with("reason", "\"\(text)\"")
            let row = try await guarded.attempt(member, before: ["SET sql_mode = '\(mode)'"])
            try expectCode(row, "00000")
            let stored = try await guarded.server.execute(
                """
                SELECT requester = BINARY JSON_UNQUOTE(?) AS same, reason = requester AS twice FROM mayfly.lease
                 WHERE lease = ?
                """, ["\"\(text)\"", member.lease]
            ).only()
            #expect(try stored.bool("same"))
            #expect(try stored.bool("twice"))
        }

        @Test(arguments: ["lease", "role", "plugin", "verifier", "groups"], injections)
        func sqlInAnyOtherArgumentIsRefused(field: String, text: String) async throws {
            let guarded = try await MariaDBGuardServer.shared()
            let json = field == "groups" ? "[\"\(text)\"]" : "\"\(text)\""
            for mode in Self.modes {
                let row = try await guarded.attempt(
                    MariaDBGuardMember().with(field, json), before: ["SET sql_mode = '\(mode)'"])
                #expect(["MF001", "MF002"].contains(try row.string("code")))
            }
        }

        @Test func aGroupWithAQuoteInItsNameIsJustAName() async throws {
            let guarded = try await MariaDBGuardServer.shared()
            let lease = try await guarded.issue(MariaDBGuardMember(groups: [MariaDBGuardServer.oddGroup]))
            let leaser = try await guarded.leaser(lease)
            #expect(try await leaser.query("SELECT * FROM app.orders").count == 2)
        }

        static let settings: [(json: String, code: String)] = [
            (
                #"{"max_queries_per_hour": "100", "max_updates_per_hour": "9", "max_connections_per_hour": "10"}"#,
                "00000"
            ),
            (#"{"max_queries_per_hour": "0"}"#, "MF001"), (#"{"max_queries_per_hour": 100}"#, "MF001"),
            (#"{"max_queries_per_hour": null}"#, "MF001"), (#"{"max_queries_per_hour": "-1"}"#, "MF001"),
            (#"{"max_queries_per_hour": "1 ACCOUNT UNLOCK"}"#, "MF001"),
            (#"{"max_queries_per_hour": "1\n"}"#, "MF001"),
            (#"{"max_queries_per_hour": "1000000000"}"#, "MF001"),
            (#"{"max_queries_per_hour": ["1"]}"#, "MF001"),
            (#"{"max_queries_per_hour": "1\",\"2"}"#, "MF001"), (#"{"max_queries_per_hour": ""}"#, "MF001"),
            (#"{"MAX_QUERIES_PER_HOUR": "1"}"#, "MF010"), (#"{"max_user_connections": "1"}"#, "MF010"),
            (#"{"sql_mode": "ANSI"}"#, "MF010"), (#"{"": "1"}"#, "MF010"),
            (#"{"max_queries_per_hour": "1", "init_connect": "1"}"#, "MF010"),
        ]

        @Test(arguments: settings)
        func onlyLimitsAreTakenForSettings(json: String, code: String) async throws {
            let guarded = try await MariaDBGuardServer.shared()
            try expectCode(try await guarded.attempt(MariaDBGuardMember().with("settings", json)), code)
        }
    }
}
