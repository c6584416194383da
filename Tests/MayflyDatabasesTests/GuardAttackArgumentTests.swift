import MayflyTesting
import SQLClients
import Testing

extension GuardAttack {
    /// What the broker's account may put into a batch.
    @Suite struct Arguments {
        struct Bad: Sendable, CustomTestStringConvertible {
            var field: String
            var json: String?
            var code = "MF001"
            var testDescription: String { "\(field) = \(json?.prefix(60) ?? "absent") → \(code)" }
        }

        static let base64Key = String(repeating: "A", count: 43) + "="
        static let salt = "AAAAAAAAAAAAAAAAAAAAAA=="

        static let badMembers: [Bad] =
            // Every field absent, null, and of another type.
            [
                "lease", "role", "verifier", "groups", "ttl_seconds", "connection_limit", "settings",
                "requester",
                "reason",
            ]
            .flatMap {
                [Bad(field: $0, json: nil), Bad(field: $0, json: "null"), Bad(field: $0, json: "true")]
            }
            + [
                Bad(field: "surplus", json: "1"),
                Bad(field: "lease", json: #""00000000-0000-4000-8000-00000000000A""#),
                Bad(field: "lease", json: #""00000000-0000-4000-8000-000000000000\n""#),
                Bad(field: "lease", json: #"["00000000-0000-4000-8000-000000000000"]"#),
            ]
            // Names of somebody else.
            + [
                "postgres", "mf_t2_ann_abcdefghijklm", "mf_t1_ann_abcdefghijklm\\n",
                "mf_t1_ann_abcdefghijklm\\nx",
                "\\nmf_t1_ann_abcdefghijklm", "mf_t1_ANN_abcdefghijklm", "mf_t1_ann_abcdefghijkl1",
                "mf_t1_ann_abcdefghijkl", "mf_t1_ann_abcdefghijklmn", "mf_t1__abcdefghijklm",
                "mf_t1_toolongname_abcdefghijklm", "xmf_t1_ann_abcdefghijklm", "mf_t1_änn_abcdefghijklm",
                "mf_t1_ann_abcdefghijklm\\\"; DROP ROLE postgres; --", "",
            ].map { Bad(field: "role", json: "\"\($0)\"") }
            // What the server would take for a plain password, or hang on.
            + [
                "", "hunter2", "SCRAM-SHA-256$hunter2", "md5d41d8cd98f00b204e9800998ecf8427e",
                "SCRAM-SHA-256$4096:\(salt)$\(base64Key)", "SCRAM-SHA-256$4096:\(salt)$\(base64Key):",
                "SCRAM-SHA-256$0:\(salt)$\(base64Key):\(base64Key)",
                "SCRAM-SHA-256$04096:\(salt)$\(base64Key):\(base64Key)",
                "SCRAM-SHA-256$-1:\(salt)$\(base64Key):\(base64Key)",
                "SCRAM-SHA-256$100001:\(salt)$\(base64Key):\(base64Key)",
                "SCRAM-SHA-256$2000000000:\(salt)$\(base64Key):\(base64Key)",
                "SCRAM-SHA-256$4096:AAA$\(base64Key):\(base64Key)",
                "SCRAM-SHA-256$4096:$\(base64Key):\(base64Key)",
                "SCRAM-SHA-256$4096:AA*AAAAA$\(base64Key):\(base64Key)",
                "SCRAM-SHA-256$4096:\(salt)$\(base64Key):\(base64Key)\\n",
                "SCRAM-SHA-256$4096:\(salt)$\(base64Key):\(base64Key)x",
                " SCRAM-SHA-256$4096:\(salt)$\(base64Key):\(base64Key)",
                "scram-sha-256$4096:\(salt)$\(base64Key):\(base64Key)",
                "SCRAM-SHA-256$4096:\(salt)$AAAA:AAAA", "' VALID UNTIL 'infinity",
            ].map { Bad(field: "verifier", json: "\"\($0)\"") }
            + [
                Bad(field: "ttl_seconds", json: "0"), Bad(field: "ttl_seconds", json: "-60"),
                Bad(field: "ttl_seconds", json: "1.5"), Bad(field: "ttl_seconds", json: "\"60\""),
                Bad(field: "ttl_seconds", json: "28801", code: "MF005"),
                Bad(field: "ttl_seconds", json: "1e300", code: "MF005"),
                Bad(field: "ttl_seconds", json: "4294967296", code: "MF005"),
                Bad(field: "connection_limit", json: "0"), Bad(field: "connection_limit", json: "-1"),
                Bad(field: "connection_limit", json: "1001"), Bad(field: "connection_limit", json: "1e9"),
                Bad(field: "groups", json: "[]"), Bad(field: "groups", json: "[null]"),
                Bad(field: "groups", json: #"[["orders_readonly"]]"#), Bad(field: "groups", json: "[1]"),
                Bad(field: "groups", json: "{}"),
                Bad(field: "settings", json: #"{"work_mem": null}"#),
                Bad(field: "settings", json: #"{"work_mem": 4}"#),
                Bad(field: "settings", json: #"{"work_mem": {"a": 1}}"#), Bad(field: "settings", json: "[]"),
                Bad(field: "settings", json: #"{"work_mem": "4MB\n"}"#),
                Bad(field: "requester", json: #""ann\nuntil=9999""#),
                Bad(field: "requester", json: #""ann\u001b[2J""#),
                Bad(field: "requester", json: #""ann\u202e""#),
                Bad(field: "requester", json: #""ann\u2028""#),
                Bad(field: "requester", json: "\"\(String(repeating: "a", count: 201))\""),
                Bad(field: "reason", json: #""a\rb""#),
                Bad(field: "reason", json: "\"\(String(repeating: "a", count: 2001))\""),
            ]

        @Test(arguments: badMembers)
        func aBadMemberIsRefusedAloneAndLeavesNothing(bad: Bad) async throws {
            let guarded = try await GuardAttackServer.shared()
            let good = GuardAttackMember()
            var member = GuardAttackMember()
            member = bad.json.map { member.with(bad.field, $0) } ?? member.without(bad.field)
            let rows = try await guarded.call("issue", "[\(member.json), \(good.json)]")
            try #require(rows.count == 2)
            try expectCode(rows[0], bad.code)
            #expect(try rows[0].optionalString("role_oid") == nil)
            #expect(try rows[1].string("sqlstate") == "00000")
            #expect(try rows[1].string("lease") == good.lease)
            let left = try await guarded.server.execute(
                "SELECT FROM mayfly.lease WHERE lease = $1::uuid", [member.lease], database: "mayfly")
            #expect(left.isEmpty)
            #expect(
                try await guarded.server.execute("SELECT FROM pg_roles WHERE rolname = $1", [member.role])
                    .isEmpty
            )
        }

        static let functions = [
            "issue", "renew", "replace_verifier", "lock", "terminate", "hanging", "drop", "find",
        ]

        @Test(arguments: functions, [nil, "null", "{}", "\"x\"", "1"])
        func aBatchThatIsNoArrayIsRefused(function: String, batch: String?) async throws {
            let guarded = try await GuardAttackServer.shared()
            await expectSQLState("MF001") { _ = try await guarded.call(function, batch) }
        }

        @Test(arguments: functions)
        func aMemberThatIsNoFlatObjectIsRefused(function: String) async throws {
            let guarded = try await GuardAttackServer.shared()
            let rows = try await guarded.call(
                function,
                #"[null, 1, "x", [], [[]], {}, {"lease": null}, {"lease": ["x"]}, {"lease": "x"}, {"a": 1}]"#)
            #expect(try rows.map { try $0.string("sqlstate") } == Array(repeating: "MF001", count: 10))
        }

        @Test(arguments: functions)
        func moreThan500MembersAreRefused(function: String) async throws {
            let guarded = try await GuardAttackServer.shared()
            let batch = "[" + Array(repeating: "1", count: 501).joined(separator: ",") + "]"
            await expectSQLState("MF001") { _ = try await guarded.call(function, batch) }
        }

        @Test func aLeaseNamedTwiceInABatchIsRefused() async throws {
            let guarded = try await GuardAttackServer.shared()
            let member = GuardAttackMember()
            await expectSQLState("MF001") {
                _ = try await guarded.call("issue", "[\(member.json), \(member.json)]")
            }
        }

        @Test func anEmptyBatchIsAnsweredByNothing() async throws {
            let guarded = try await GuardAttackServer.shared()
            for function in Self.functions { #expect(try await guarded.call(function, "[]").isEmpty) }
        }

        static let injections = [
            #"'; DROP TABLE mayfly.lease; --"#, #"\\'; ALTER ROLE \"x\" SUPERUSER; --"#, #"$$; SELECT 1; $$"#,
            #"\" SUPERUSER; --"#, "%s %I %L %1$s", "{{broker}}", #"\\"#, "E'\\\\x41'", "名前 ünïcödé",
        ]

        @Test(arguments: injections, ["on", "off"])
        func sqlInFreeTextIsText(text: String, conforming: String) async throws {
            let guarded = try await GuardAttackServer.shared()
            let member = GuardAttackMember().with("requester", "\"\(text)\"").with("reason", "\"\(text)\"")
                .with("settings", "{\"search_path\": \"\(text)\"}")
            let settings = ["standard_conforming_strings": conforming, "backslash_quote": "on"]
            let row = try await guarded.call("issue", "[\(member.json)]", settings: settings).only()
            try expectCode(row, "00000")
            let stored = try await guarded.server.execute(
                """
                SELECT l.requester = $2::jsonb #>> '{}' AND l.reason = l.requester AS same, r.rolsuper AS super,
                       right(shobj_description(r.oid, 'pg_authid'), length(l.requester)) = l.requester AS commented
                  FROM mayfly.lease l JOIN pg_roles r ON r.oid = l.role_oid WHERE l.lease = $1::uuid
                """, [member.lease, "\"\(text)\""], database: "mayfly"
            ).only()
            #expect(try stored.bool("same"))
            #expect(try stored.bool("commented"))
            #expect(try !stored.bool("super"))
        }

        @Test(arguments: ["lease", "role", "verifier", "groups"], injections)
        func sqlInAnyOtherArgumentIsRefused(field: String, text: String) async throws {
            let guarded = try await GuardAttackServer.shared()
            let json = field == "groups" ? "[\"\(text)\"]" : "\"\(text)\""
            let row = try await guarded.call("issue", "[\(GuardAttackMember().with(field, json).json)]")
                .only()
            #expect(["MF001", "MF002"].contains(try row.string("sqlstate")))
        }

        static let settings: [(name: String, value: String, code: String)] = [
            ("statement_timeout", "5s", "00000"), ("search_path", "app, \\\"$user\\\"", "00000"),
            ("work_mem", "4MB", "00000"),
            // Not allowed by the DBA; not to be told apart from unknown ones.
            ("maintenance_work_mem", "4MB", "MF010"), ("nothing", "1", "MF010"), ("a.b", "1", "MF010"),
            ("", "1", "MF010"),
            // Allowed by the DBA by mistake: they give power, or the definer's rights would set them.
            ("role", "postgres", "MF010"), ("session_authorization", "postgres", "MF010"),
            ("local_preload_libraries", "evil", "MF010"), ("log_statement", "none", "MF010"),
            ("session_replication_role", "replica", "MF010"), ("no_such_setting", "1", "MF010"),
            // Other spellings.
            ("Role", "postgres", "MF010"), ("STATEMENT_TIMEOUT", "1", "MF010"), ("work_mem ", "1", "MF010"),
            ("work_mem TO 4; ALTER ROLE x SUPERUSER; --", "1", "MF010"),
            // The server's own answer.
            ("work_mem", "a lot", "22023"), ("statement_timeout", "'; ALTER ROLE x SUPERUSER; --", "22023"),
        ]

        @Test(arguments: settings)
        func onlySettingsThatGiveNoPowerAreTaken(name: String, value: String, code: String) async throws {
            let guarded = try await GuardAttackServer.shared()
            let member = GuardAttackMember().with("settings", "{\"\(name)\": \"\(value)\"}")
            let row = try await guarded.call("issue", "[\(member.json)]").only()
            try expectCode(row, code)
        }
    }
}
