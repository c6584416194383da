import MayflyCore
import Testing

@testable import mayflyd

/// `grants` and what goes with it: read whole, and each mistake with its place and fix.
@Suite struct GrantsSectionTests {
    private static let memberOf = "member_of: [ orders_readonly ]"

    /// The one grant of a profile, put in the place of `member_of`.
    private func sample(_ lines: String) throws -> SampleConfiguration {
        let sample = try SampleConfiguration()
        sample.text = sample.text.replacing(Self.memberOf, with: lines)
        return sample
    }

    @Test("All of it is read")
    func whole() throws {
        let sample = try sample(
            """
            group: orders_support
                grants:
                  - { schema: sales, level: read, future: true }
                  - { schema: sales, tables: [ orders, "inv_*" ], except: [ "*_private" ], privileges: [ select, insert ] }
                  - { schema: sales, tables: "*", privileges: [ select ], future: [ orders_owner ] }
                  - { schema: sales, tables: [ customers ], columns: [ id, name ], privileges: [ select ] }
                  - { schema: sales, sequences: "*", privileges: [ usage ] }
                  - { schema: sales, routines: [ "refund(int8)" ], privileges: [ execute ] }
                  - { schema: "sales_*", privileges: [ create, usage ] }
                  - { databases: [ orders ], privileges: [ connect, temporary ] }
                  - { database: orders_archive, schema: sales, level: write }
                group_statements: [ "GRANT x TO {{group}}" ]
                create: { owner: orders_owner, ddl_as_owner: true }
                owned_objects: { reassign_to: orders_owner }
                on_drift: stop
                on_change: revoke
            """)
        sample.text = sample.text.replacing(
            "    connections: 3\n", with: "    connections: 3\n    orphans: drop\n    drift: { every: 1m }\n")
        let configuration = try sample.parse().configuration
        let profile = try #require(configuration.profiles.values.first)
        #expect(profile.group == "orders_support" && profile.memberOf == ["orders_support"])
        #expect(
            profile.scope
                == Scope([
                    ScopeGrant(.level(.read, schema: "sales"), [], future: .ofSchemaOwner),
                    ScopeGrant(
                        .tables(
                            schema: "sales", NameSelection(names: ["orders", "inv_*"], except: ["*_private"])),
                        [.select, .insert]),
                    ScopeGrant(.tables(schema: "sales", .all), [.select], future: .of(["orders_owner"])),
                    ScopeGrant(
                        .columns(["id", "name"], schema: "sales", NameSelection(names: ["customers"])),
                        [.select]),
                    ScopeGrant(.sequences(schema: "sales", .all), [.usage]),
                    ScopeGrant(
                        .routines(schema: "sales", NameSelection(names: ["refund(bigint)"])), [.execute]),
                    ScopeGrant(.schema("sales_*"), [.usage, .create]),
                    ScopeGrant(.databases(["orders"]), [.connect, .temporary]),
                    ScopeGrant(.level(.write, schema: "sales"), [], database: "orders_archive"),
                ]))
        #expect(profile.groupStatements == ["GRANT x TO {{group}}"])
        #expect(profile.create == .init(owner: "orders_owner", ddlAsOwner: true))
        #expect(profile.ownedObjects == .reassign(to: "orders_owner"))
        #expect(profile.onDrift == .stop && profile.onChange == .revoke)
        let database = try #require(configuration.databases.values.first)
        #expect(database.orphans == .drop && database.driftSeconds == 60 && database.mode == .guard)
    }

    @Test("Without a name the group role has the installation's tag and the profile's name")
    func defaultGroup() throws {
        let profile = try #require(
            try sample("grants: [ { schema: sales, level: read } ]").parse().configuration.profiles.values
                .first)
        #expect(profile.memberOf == ["mfg_eu1_orders_read"])
        #expect(profile.onDrift == .warn && profile.onChange == .keep && profile.ownedObjects == .keepLocked)
    }

    private static let tablePrivileges =
        "select, insert, update, delete, truncate, references, trigger, maintain"

    /// A grant, and what must be said about it from its key on.
    static let grants: [(String, String)] = [
        (
            "{ schema: sales, tables: \"*\", privileges: [ execute ] }",
            "privileges[0]: execute cannot be granted on a table of postgresql — \(tablePrivileges)"
        ),
        (
            "{ schema: sales, tables: \"*\", privileges: [ selct ] }",
            "privileges[0]: \"selct\" is not a privilege — did you mean select?"
        ),
        (
            "{ schema: sales, tables: \"*\", privileges: [ all ] }",
            "privileges[0]: \"all\" is not a privilege — name them: \(tablePrivileges)"
        ),
        (
            "{ schema: sales, tables: \"*\" }",
            "privileges: is missing — privileges: [ … ], of \(tablePrivileges)"
        ),
        (
            "{ schema: sales, except: [ a ], privileges: [ usage ] }",
            "except: stands without tables — tables: \"*\", except: [ … ]"
        ),
        (
            "{ schema: sales, columns: [ a ], privileges: [ select ] }",
            "columns: stands without tables — tables: [ … ], columns: [ … ]"
        ),
        (
            "{ schema: sales, tables: [ t ], columns: [ \"*\" ], privileges: [ select ] }",
            "columns: \"*\" is no column — leave columns out, for all of them"
        ),
        (
            "{ schema: sales, tables: \"*\", columns: [ a ], privileges: [ select ] }",
            "tables: columns are given of tables that are named — tables: [ … ]"
        ),
        (
            "{ schema: sales, tables: [ t ], columns: [ a ], privileges: [ delete ] }",
            "privileges[0]: delete cannot be granted on a column of postgresql — select, insert, update, references"
        ),
        ("{ schema: sales, level: reed }", "level: \"reed\" is not a level — did you mean read?"),
        (
            "{ schema: sales, level: read, privileges: [ select ] }",
            "privileges: stand beside level, which says them — remove them, or level: read"
        ),
        (
            "{ schema: sales, level: read, tables: \"*\" }",
            "tables: stands beside level: an entry is about one kind of objects — an entry of its own"
        ),
        ("{ level: read }", "schema: is missing — the schema that the objects are in"),
        (
            "{ schema: mayfly, level: read }",
            "schema: \"mayfly\" is the server's or the guard's own, of which no lease may have more than everybody — a schema of yours"
        ),
        (
            "{ schema: pg_catalog, level: read }",
            "schema: \"pg_catalog\" is the server's or the guard's own, of which no lease may have more than everybody — a schema of yours"
        ),
        (
            "{ databases: [ mayfly ], privileges: [ connect ] }",
            "databases: \"mayfly\" is the guard's, which no lease has anything to do with — remove it"
        ),
        (
            "{ schema: sales, tables: [ t ], privileges: [ select ], future: true }",
            "future: goes with \"*\" only: the server's default privileges are for all that an owner makes — remove it, or name all without except"
        ),
        (
            "{ schema: sales, privileges: [ usage ], future: true }",
            "future: goes with tables, sequences, routines or a level — remove it"
        ),
        (
            "{ schema: sales, routines: [ refund ], privileges: [ execute ] }",
            "routines[0]: \"refund\" is not a name with the types of its arguments — such as \"refund(bigint, text)\", or \"refund()\""
        ),
        (
            "{ schema: sales, routines: [ \"f(int); DROP TABLE x; --\" ], privileges: [ execute ] }",
            "routines[0]: \"f(int); DROP TABLE x; --\" is not a name with the types of its arguments — such as \"refund(bigint, text)\", or \"refund()\""
        ),
        (
            "{ schema: sales, tables: [ \"\(String(repeating: "é", count: 32))\" ], privileges: [ select ] }",
            "tables[0]: a name has 64 bytes — the server keeps 63"
        ),
        (
            "{ schema: sales, tables: [ a, a ], privileges: [ select ] }",
            "tables[1]: \"a\" is named twice — keep one"
        ),
        (
            "{ schema: sales, tables: orders, privileges: [ select ] }",
            "tables: a list of tables is needed, or \"*\" — tables: [ … ]"
        ),
        (
            "{ database: elsewhere, schema: sales, level: read }",
            "database: \"elsewhere\" is not listed under databases.orders.also, so nobody would clean up there — list it there"
        ),
        (
            "{ schema: sales, views: \"*\", privileges: [ select ] }",
            "views: unknown key — known here: schema, level, tables, except, columns, sequences, routines, databases, privileges, future, database"
        ),
    ]

    @Test("A grant that cannot be meant is reported with what could", arguments: grants)
    func grant(_ text: String, _ complaint: String) throws {
        // Only the place in the line differs from grant to grant.
        let complaints = try sample("grants: [ \(text) ]").complaints().map {
            $0.replacing(#/^mayfly\.yaml:25:\d+: profiles\.orders-read\.grants\[0\]\./#, with: "")
        }
        #expect(complaints.contains(complaint), "\(complaints)")
        #expect(complaints.count == (text.contains("views") ? 2 : 1), "\(complaints)")
    }

    static let profiles: [(String, String)] = [
        (
            "member_of: [ a ]\n    grants: [ { schema: sales, level: read } ]",
            "25:16: profiles.orders-read.member_of: stands beside grants: leases get group roles that a DBA keeps by hand, or the one of the grants — keep one of them"
        ),
        (
            "group: a",
            "25:12: profiles.orders-read.group: stands without grants — grants: [ … ], or member_of: for a role that a DBA keeps by hand"
        ),
        (
            "on_drift: stop",
            "22:5: profiles.orders-read.member_of: is missing — group roles that a DBA made: member_of: [ … ], or grants: [ … ]"
        ),
        (
            "group: pg_a\n    grants: [ { schema: sales, level: read } ]",
            "25:12: profiles.orders-read.group: \"pg_a\" is a predefined role, which the guard refuses — a NOLOGIN role that a DBA made for this profile"
        ),
        (
            "member_of: [ a ]\n    creation_statements: [ SELECT 1 ]",
            "26:26: profiles.orders-read.creation_statements: needs mode: direct, as the guard makes the roles of databases.orders — grants: or group_statements:, which a DBA applies once"
        ),
        (
            "group: a\n    group_statements: [ \"GRANT x TO '{{group}}'\" ]",
            "26:25: profiles.orders-read.group_statements[0]: {{group}} stands inside quotes or a comment — leave the quotes out: it is put in quoted"
        ),
        (
            "group: a\n    group_statements: [ \"GRANT x TO {{name}}\" ]",
            "26:25: profiles.orders-read.group_statements[0]: {{name}} stands for nothing here — known here: {{group}}"
        ),
        (
            "member_of: [ a ]\n    owned_objects: drop",
            "26:20: profiles.orders-read.owned_objects: is neither keep_locked nor { reassign_to: ROLE } — owned_objects: keep_locked"
        ),
        (
            "member_of: [ a ]\n    create: { owner: a }",
            "26:13: profiles.orders-read.create: the owner is the group role, which leases are members of and so should own nothing — another role, NOLOGIN, for what sessions make"
        ),
        (
            "member_of: [ a ]\n    on_drift: ignore",
            "26:15: profiles.orders-read.on_drift: \"ignore\" is not what drift does — warn or stop"
        ),
    ]

    @Test("What a profile cannot be is reported", arguments: profiles)
    func profile(_ lines: String, _ complaint: String) throws {
        #expect(try sample(lines).complaints() == ["mayfly.yaml:" + complaint])
    }

    @Test("A name that the server would cut is refused, also one that we would make")
    func longGroup() throws {
        let name = "o" + String(repeating: "x", count: 60)
        let sample = try sample("grants: [ { schema: sales, level: read } ]")
        sample.text = sample.text.replacing("orders-read:", with: name + ":")
            .replacing("profiles: [ orders-read ]", with: "profiles: [ \(name) ]")
        let group = "mfg_eu1_\(name)"
        #expect(
            sample.complaints() == [
                "mayfly.yaml:22:5: profiles.\(name).group: the group role would be \"\(group)\", of 69 bytes — a shorter one, of at most 63: group: NAME"
            ])
    }

    @Test("What PostgreSQL alone has is refused elsewhere")
    func mysql() throws {
        let sample = try sample(
            """
            grants:
                  - { schema: sales, tables: "*", privileges: [ select, show view ], future: true }
                  - { schema: sales, sequences: "*", privileges: [ usage ] }
                  - { databases: [ sales ], privileges: [ connect ] }
                  - { database: x, schema: sales, level: read }
                  - { schema: MySQL, level: read }
                  - { schema: sales, routines: [ refund ], privileges: [ execute ] }
                create: { owner: x }
            """)
        sample.text = sample.text.replacing("engine: postgresql", with: "engine: mariadb")
            .replacing("    also: [ orders_archive ]\n", with: "")
        let complaints = sample.complaints().filter { $0.contains("grants") || $0.contains("create") }
        #expect(
            complaints.map { $0.replacing(#/^.*profiles\.orders-read\./#, with: "").prefix(28) } == [
                "grants[0].future: means nothing on mariadb".prefix(28),
                "grants[1].sequences: means nothing on mariadb".prefix(28),
                "grants[2].databases: means nothing on mariadb".prefix(28),
                "grants[3].database: means nothing on mariadb".prefix(28),
                "grants[4].schema: \"MySQL\" is the server's own".prefix(28),
                "create: means nothing on mariadb".prefix(28),
            ], "\(complaints)")
    }

    @Test("Two profiles have no group role in common, as it would have two scopes")
    func shared() throws {
        let sample = try sample("group: g\n    grants: [ { schema: sales, level: read } ]")
        sample.text = sample.text.replacing(
            "access:",
            with: """
                  orders-write:
                    database: orders
                    ttl: { default: 30m, max: 1h }
                    group: g
                    grants: [ { schema: sales, level: write } ]
                access:
                """)
        #expect(sample.complaints().count == 1)
        #expect(sample.complaints().first?.contains("is the group role of orders-read already") == true)
    }
}
