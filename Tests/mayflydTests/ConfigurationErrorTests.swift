import Testing

@testable import mayflyd

/// Each bad input with the line, the column, the key and the fix that must be reported, and nothing else.
@Suite struct ConfigurationErrorTests {
    private func check(_ breakage: Breakage) throws {
        let sample = try SampleConfiguration()
        let find = breakage.find.replacing("DIRECTORY", with: sample.directory)
        #expect(sample.text.contains(find), "the sample has no \(find)")
        sample.text = sample.text.replacing(
            find, with: breakage.replacement.replacing("DIRECTORY", with: sample.directory),
            maxReplacements: 1)
        #expect(sample.complaints() == breakage.complaints.map { "mayfly.yaml:" + $0 })
    }

    static let keys: [Breakage] = [
        Breakage("auditors:", "auditor:", "5:1: auditor: unknown key — did you mean auditors?"),
        Breakage("port: 5433", "prot: 5433", "12:5: databases.orders.prot: unknown key — did you mean port?"),
        Breakage(
            "timeout: 5s", "zzz: 5s",
            "18:5: databases.orders.zzz: unknown key — known here: engine, hosts, replicas, port, database, also, "
                + "client, tls, account, account_host, authentication, connections, timeout, ceilings, mode, orphans, "
                + "altered, drift, server_log"
        ),
        Breakage(
            "member_of:", "member-of:",
            "25:5: profiles.orders-read.member-of: unknown key — did you mean member_of?"),
        Breakage("who:", "whom:", "32:37: access[0].whom: unknown key — did you mean who?"),
        Breakage(
            "max: 8h", "max: 8h, min: 1s",
            "24:35: profiles.orders-read.ttl.min: unknown key — known here: default, max"),
        Breakage(
            "port: 5433", "port: 5433\n    port: 5434",
            "13:5: databases.orders.port: is given twice, first in line 12 — keep one"),
        Breakage(
            "port: 5433", "\"port\": 5433\n    port: 5434\n    'port': 1",
            "13:5: databases.orders.port: is given twice, first in line 12 — keep one",
            "14:5: databases.orders.port: is given twice, first in line 12 — keep one"),
        Breakage(
            "tag: eu1", "tag: eu1, tag: eu2, name: x",
            "1:42: installation.tag: is given twice, first in line 1 — keep one",
            "1:52: installation.name: is given twice, first in line 1 — keep one"),
        Breakage(
            "state: { path: /var/lib/mayfly/mayfly.db }\n", "",
            "1:1: state: is missing — state: { path: /var/lib/mayfly/mayfly.db }"),
        Breakage(
            "engine: postgresql", "port: 5432\n    # no engine",
            "8:5: databases.orders.engine: is missing — engine: postgresql, mariadb or mysql",
            "13:5: databases.orders.port: is given twice, first in line 8 — keep one"),
        Breakage(", tag: eu1", "", "1:15: installation.tag: is missing — 1 to 5 of a-z and 0-9, such as eu1"),
        Breakage(
            "name: developers read orders, ", "",
            "32:5: access[0].name: is missing — a name that tells people which rule decided"),
    ]

    @Test("An unknown, doubled or missing key is reported with its place", arguments: keys)
    func key(_ breakage: Breakage) throws { try check(breakage) }

    static let types: [Breakage] = [
        Breakage(
            "port: 5433", "port: \"5433\"",
            "12:11: databases.orders.port: a whole number is needed, this is \"5433\" — remove the quotes"),
        Breakage(
            "port: 5433", "port: fifty",
            "12:11: databases.orders.port: a whole number is needed, this is \"fifty\" — 1 to 65535"),
        Breakage(
            "port: 5433", "port: [ 5433 ]",
            "12:11: databases.orders.port: a whole number is needed, this is a list"),
        Breakage("port: 5433", "port: 0", "12:11: databases.orders.port: 0 is out of range — 1 to 65535"),
        Breakage(
            "port: 5433", "port: 70000", "12:11: databases.orders.port: 70000 is out of range — 1 to 65535"),
        Breakage(
            "port: 5433", "port: 99999999999999999999",
            "12:11: databases.orders.port: a whole number is needed, this is \"99999999999999999999\" — 1 to 65535"
        ),
        Breakage(
            "port: 6432", "port: -1", "11:47: databases.orders.client.port: -1 is out of range — 1 to 65535"),
        Breakage(
            "name: prod-eu", "name: 7",
            "1:23: installation.name: a name is needed, this is a whole number — put it in quotes if it is meant"
        ),
        Breakage(
            "user: mayfly", "user: yes",
            "16:22: databases.orders.account.user: the account's name is needed, this is a truth value — put it in quotes if it is meant"
        ),
        Breakage(
            "database: orders\n    also", "database:\n    also",
            "13:14: databases.orders.database: the database's name is needed, this is nothing"),
        Breakage(
            "also: [ orders_archive ]", "also: orders_archive",
            "14:11: databases.orders.also: a list of databases is needed, this is a string — put it in brackets: [ … ]"
        ),
        Breakage(
            "ttl: { default: 30m, max: 8h }", "ttl: 30m",
            "24:10: profiles.orders-read.ttl: a mapping of default, max … is needed, this is a string"),
        Breakage(
            "connections: 3", "connections: 65",
            "17:18: databases.orders.connections: 65 is out of range — 1 to 64"),
        Breakage(
            "connection_limit: 5", "connection_limit: -1",
            "26:23: profiles.orders-read.connection_limit: -1 is out of range — 1 to 10000"),
        Breakage(
            "scram_iterations: 8192", "scram_iterations: 2000000000",
            "29:23: profiles.orders-read.scram_iterations: 2000000000 is out of range — 1 to 100000"),
        Breakage(
            "port: 5433", "port: !!str 5433",
            "12:11: databases.orders.port: YAML tags are not taken — remove the ! and what follows it up to the value"
        ),
        Breakage(
            "database: orders\n    also", "database: !secret orders\n    also",
            "13:15: databases.orders.database: YAML tags are not taken — remove the ! and what follows it up to the value"
        ),
        Breakage(
            "per_person: 3", "per_person: 201",
            "27:31: profiles.orders-read.max_active.per_person: 201 is above total (200) — 200 or less"),
        Breakage(
            "reason: required", "reason: required\n    statements: full",
            "31:17: profiles.orders-read.statements: full needs the server's log, and the database orders names none — server_log: { path: …, format: … } under databases.orders; or digests"
        ),
        Breakage(
            "reason: required", "reason: required\n    statements: yes",
            "31:17: profiles.orders-read.statements: \"yes\" is not what can be kept of statements — off, digests, redacted or full"
        ),
        Breakage(
            "reason: required", "reason: true",
            "30:13: profiles.orders-read.reason: required or optional is needed, this is a truth value — put it in quotes if it is meant"
        ),
        Breakage(
            "reason: required", "reason: sometimes",
            "30:13: profiles.orders-read.reason: \"sometimes\" is neither required nor optional — reason: required"
        ),
    ]

    @Test("A value of the wrong type or out of range is reported with its place", arguments: types)
    func type(_ breakage: Breakage) throws { try check(breakage) }

    static let durations: [Breakage] = [
        Breakage(
            "timeout: 5s", "timeout: 5",
            "18:14: databases.orders.timeout: \"5\" has no unit — add s, m, h or d: 5s if seconds are meant"),
        Breakage(
            "timeout: 5s", "timeout: 6m", "18:14: databases.orders.timeout: 6m is out of range — 1s to 5m"),
        Breakage(
            "default: 30m", "default: 1800",
            "24:21: profiles.orders-read.ttl.default: \"1800\" has no unit — add s, m, h or d: 30m if seconds are meant"
        ),
        Breakage(
            "default: 30m", "default: 9h",
            "24:21: profiles.orders-read.ttl.default: 9h is above max (8h) — 8h or less, or raise max"),
        Breakage(
            "default: 30m", "default: 0s",
            "24:21: profiles.orders-read.ttl.default: \"0s\" is no time at all — at least 1s"),
        Breakage(
            "default: 30m", "default: -30m",
            "24:21: profiles.orders-read.ttl.default: \"-30m\" is not a duration — a number with a unit (s, m, h or d), such as 90s, 30m, 1h30m or 2d"
        ),
        Breakage(
            "default: 30m", "default: 0",
            "24:21: profiles.orders-read.ttl.default: \"0\" has no unit — add s, m, h or d"),
        Breakage(
            "max_ttl: 1h", "max_ttl: 31d",
            "32:113: access[0].max_ttl: \"31d\" is above 30 days, which nothing exceeds — 30d or less"),
        Breakage(
            "max: 8h", "max: 9h",
            "24:31: profiles.orders-read.ttl.max: 9h is above 8h, the ceilings.max_ttl of its database — 8h or less, or raise the ceiling (and install the guard's script again)"
        ),
    ]

    @Test("A duration without a unit, of nothing, or above a maximum is reported", arguments: durations)
    func duration(_ breakage: Breakage) throws { try check(breakage) }

    static let references: [Breakage] = [
        Breakage(
            "orders-read:\n    database: orders", "orders-read:\n    database: ordres",
            "22:15: profiles.orders-read.database: no database is called \"ordres\" — did you mean orders?"),
        Breakage(
            "orders-read:\n    database: orders", "orders-read:\n    database: payments",
            "22:15: profiles.orders-read.database: no database is called \"payments\" — under databases there are: orders"
        ),
        Breakage(
            "profiles: [ orders-read ]", "profiles: [ orders-raed ]",
            "32:89: access[0].profiles[0]: no profile is called \"orders-raed\" — did you mean orders-read?"),
        Breakage(
            "profiles: [ orders-read ]", "profiles: []",
            "32:87: access[0].profiles: the list of profiles is empty — name at least one"),
        Breakage(
            "profiles: [ orders-read ]", "profiles: [ orders-read, orders-read ]",
            "32:102: access[0].profiles[1]: \"orders-read\" is named twice — keep one"),
        Breakage(
            "\"user:ci\"", "\"usr:ci\"",
            "32:64: access[0].who[1]: \"usr:ci\" names nobody — \"user:NAME\", \"group:NAME\", \"uid:NUMBER\", \"sub:ISSUER:SUBJECT\", { issuer: …, claims: { … } } or anyone"
        ),
        Breakage(
            "\"user:ci\"", "ci",
            "32:64: access[0].who[1]: \"ci\" names nobody — \"user:NAME\", \"group:NAME\", \"uid:NUMBER\", \"sub:ISSUER:SUBJECT\", { issuer: …, claims: { … } } or anyone"
        ),
        Breakage(
            "\"user:ci\"", "\"uid:-1\"",
            "32:64: access[0].who[1]: \"uid:-1\" names nobody — \"user:NAME\", \"group:NAME\", \"uid:NUMBER\", \"sub:ISSUER:SUBJECT\", { issuer: …, claims: { … } } or anyone"
        ),
        Breakage(
            "\"group:mayfly-admins\"", "anyone",
            "4:19: administrators[0]: anyone is too many here — name a group"),
        Breakage(
            "[ orders_readonly ]", "[]",
            "25:16: profiles.orders-read.member_of: the list of group roles is empty — name at least one"),
        Breakage(
            "[ orders_readonly ]", "[ pg_read_all_data ]",
            "25:16: profiles.orders-read.member_of: \"pg_read_all_data\" is a predefined role, which the guard refuses — a NOLOGIN role that a DBA made for this profile"
        ),
        Breakage(
            "also: [ orders_archive ]", "also: [ orders ]",
            "14:11: databases.orders.also: names \"orders\", which is the database itself — remove it"),
    ]

    @Test("A name that nothing bears is reported with what may be meant", arguments: references)
    func reference(_ breakage: Breakage) throws { try check(breakage) }

    static let places: [Breakage] = [
        Breakage(
            "socket: /run/mayfly/mayfly.sock", "socket: mayfly.sock",
            "2:19: listen.socket: \"mayfly.sock\" is a relative path — write it from / on"),
        Breakage(
            "socket: /run/mayfly/mayfly.sock", "socket: /run/\(String(repeating: "x", count: 103))",
            "2:19: listen.socket: the path has 108 bytes — a socket's path has at most 107"),
        Breakage(
            "mode: \"0660\"", "mode: \"0999\"",
            "2:65: listen.mode: \"0999\" are not permission bits — such as \"0660\""),
        Breakage(
            "mode: \"0660\"", "mode: \"4660\"",
            "2:65: listen.mode: \"4660\" are not permission bits — such as \"0660\""),
        Breakage(
            "mode: \"0660\"", "mode: \"0060\"",
            "2:65: listen.mode: \"0060\" shuts out the daemon's own user — such as \"0660\""),
        Breakage(
            "mode: \"0660\"", "mode: \"0770\"",
            "2:65: listen.mode: \"0770\" has execute bits, which mean nothing on a socket — such as \"0660\""),
        Breakage(
            "path: /var/lib/mayfly/mayfly.db", "path: ../mayfly.db",
            "3:16: state.path: \"../mayfly.db\" is a relative path — write it from / on"),
        Breakage(
            "path: /var/lib/mayfly/mayfly.db", "path: /var/../mayfly.db",
            "3:16: state.path: \"/var/../mayfly.db\" contains .. — write where it leads"),
        Breakage(
            "hosts: [ db1.internal, db2.internal ]", "hosts: [ \"db1,db2\" ]",
            "9:14: databases.orders.hosts[0]: \"db1,db2\" is not a host — a name, an address, or the directory of a Unix socket; the port has a key of its own"
        ),
        Breakage(
            "hosts: [ db1.internal, db2.internal ]", "hosts: [ \"db1:5432\" ]",
            "9:14: databases.orders.hosts[0]: \"db1:5432\" names a port — the port has a key of its own: port"
        ),
        Breakage(
            "hosts: [ db1.internal, db2.internal ]", "hosts: [ /run/postgresql, db1 ]",
            "9:12: databases.orders.hosts: a socket stands alone — name the socket only, or hosts only"
        ),
        Breakage(
            "hosts: [ db1.internal, db2.internal ]", "hosts: [ db1, db1 ]",
            "9:19: databases.orders.hosts[1]: \"db1\" is named twice — keep one"),
        Breakage(
            "hosts: [ db1.internal, db2.internal ]", "hosts: []",
            "9:12: databases.orders.hosts: the list of hosts is empty — name at least one"),
        Breakage(
            "hosts: [ db1.internal, db2.internal ]", "hosts: /\(String(repeating: "x", count: 95))",
            "9:12: databases.orders.hosts: the socket's path in it has 110 bytes — a socket's path has at most 107"
        ),
    ]

    @Test("A path, mode or host that cannot be used is reported", arguments: places)
    func place(_ breakage: Breakage) throws { try check(breakage) }

    static let servers: [Breakage] = [
        Breakage(
            "engine: postgresql", "engine: postgres",
            "8:13: databases.orders.engine: \"postgres\" is not an engine — did you mean postgresql?"),
        Breakage(
            "    tls: { mode: verify-full, ca: DIRECTORY/ca.pem }\n", "",
            "8:5: databases.orders.tls: is missing, and the server is not on this host — tls: { mode: verify-full, ca: /etc/ssl/mayfly/ca.pem }; `mode: disable` if you insist"
        ),
        Breakage(
            "mode: verify-full", "mode: require",
            "15:18: databases.orders.tls.mode: \"require\" is not a mode here: it would trust any server — verify-full, verify-ca or disable"
        ),
        Breakage(
            "ca: DIRECTORY/ca.pem", "ca: DIRECTORY/nothing.pem",
            "15:35: databases.orders.tls.ca: \"DIRECTORY/nothing.pem\" cannot be read — a PEM file that the daemon's user may read"
        ),
        Breakage(
            "ca: DIRECTORY/ca.pem", "ca: DIRECTORY/not-a-ca.pem",
            "15:35: databases.orders.tls.ca: \"DIRECTORY/not-a-ca.pem\" holds no certificate — a file in PEM format"
        ),
        Breakage(
            "statement_timeout: 60s", "\"a; DROP\": 1",
            "28:17: profiles.orders-read.settings.\"a; DROP\": is not the name of a setting — such as statement_timeout, in lower case"
        ),
        Breakage(
            "statement_timeout: 60s", "role: postgres",
            "28:17: profiles.orders-read.settings.role: may not be set for a login role — remove it"),
        Breakage(
            "orders-read:\n    database", "Orders read:\n    database",
            "21:3: profiles.\"Orders read\": is not a name for a profile — 1 to 63 of a-z, 0-9, _ and -, beginning with a letter or digit",
            "32:89: access[0].profiles[0]: no profile is called \"orders-read\" — did you mean Orders read?"),
        Breakage(
            "description: Read orders", "description: \"Read\\norders\"  # Read orders",
            "23:18: profiles.orders-read.description: \"Read\\u{a}orders\" contains U+A — one line without control characters"
        ),
        Breakage(
            "member_of: [ orders_readonly ]", "member_of: [ \"\(String(repeating: "é", count: 32))\" ]",
            "25:18: profiles.orders-read.member_of[0]: a group role's name has 64 bytes — the server keeps 63"
        ),
    ]

    @Test("What a server could not take is reported", arguments: servers)
    func server(_ breakage: Breakage) throws { try check(breakage) }
}
