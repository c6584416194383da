import Foundation
import MayflyCore
import MayflyDatabases
import Testing

@testable import mayflyd

@Suite struct ConfigurationFileTests {
    @Test("A right configuration is read whole")
    func aRightConfigurationIsReadWhole() throws {
        let sample = try SampleConfiguration()
        let file = try sample.parse()
        let configuration = file.configuration
        #expect(configuration.installation.name == "prod-eu")
        #expect(configuration.installation.tag.rawValue == "eu1")
        #expect(
            configuration.listen == .init(socket: "/run/mayfly/mayfly.sock", group: "mayfly", mode: 0o660))
        #expect(configuration.statePath == "/var/lib/mayfly/mayfly.db")
        #expect(configuration.administrators == [.group("mayfly-admins")])
        #expect(configuration.auditors == [.group("dba")])
        let name = try #require(DatabaseName(rawValue: "orders"))
        let ttl = try TTL(seconds: 8 * 3600)
        let database = DatabaseDefinition(
            name: name, engine: .postgresql, hosts: ["db1.internal", "db2.internal"],
            replicas: ["db3.internal"],
            port: 5433, database: "orders", also: ["orders_archive"], guardDatabase: "mayfly",
            client: .init(host: "orders.db.internal", port: 6432),
            tls: .init(mode: .verifyFull, ca: sample.directory + "/ca.pem"),
            account: .init(user: "mayfly", password: .file(sample.directory + "/orders.password")),
            connections: 3,
            timeoutSeconds: 5, ceilings: .init(maxTTL: ttl, maxLive: 400, maxIssuesPerMinute: 500))
        #expect(configuration.databases == [name: database])
        let profileName = try #require(ProfileName(rawValue: "orders-read"))
        let profile = Profile(
            name: profileName, database: name,
            description: "Read orders and customers, for support and debugging",
            ttl: .init(default: try TTL(seconds: 1800), max: ttl), memberOf: ["orders_readonly"],
            connectionLimit: 5, maxActive: .init(perPerson: 3, total: 200),
            settings: ["statement_timeout": "60s", "default_transaction_read_only": "on"],
            scramIterations: 8192, reasonRequired: true)
        #expect(configuration.profiles == [profileName: profile])
        #expect(
            configuration.access == [
                AccessRule(
                    name: "developers read orders", who: [.group("developers"), .user("ci")],
                    profiles: [Glob(profileName)], limits: .init(maxTTL: try TTL(seconds: 3600)))
            ])
        #expect(file.notes == [])
    }

    @Test("An authority that others cannot read is noted; left out, it is the system's, by its path")
    func authority() throws {
        let sample = try SampleConfiguration()
        try sample.write("-----BEGIN CERTIFICATE-----\n", to: "ca.pem", mode: 0o600)
        #expect(try sample.parse().notes.map(\.description).contains { $0.contains("others cannot read it") })
        sample.text = sample.text.replacing(", ca: \(sample.directory)/ca.pem", with: "")
        let file = try sample.parse()
        #expect(file.notes == [])
        // The credential names it: who has a lease would have nothing else to verify the server by.
        #expect(file.configuration.databases.values.map(\.tls.ca) == [SystemTrustStore.file])
    }

    @Test("What is left out has its default")
    func whatIsLeftOutHasIts() throws {
        let sample = try SampleConfiguration()
        for line in [
            "    port: 5433\n", "    connections: 3\n", "    timeout: 5s\n", "    scram_iterations: 8192\n",
            "    reason: required\n", "    connection_limit: 5\n",
            "    max_active: { per_person: 3, total: 200 }\n",
            "    also: [ orders_archive ]\n", "    client: { host: orders.db.internal, port: 6432 }\n",
            "    ceilings: { max_ttl: 8h, max_live: 400, max_issues_per_minute: 500 }\n", ", mode: \"0660\"",
        ] { sample.text = sample.text.replacing(line, with: "") }
        let configuration = try sample.parse().configuration
        let database = try #require(configuration.databases.values.first)
        let profile = try #require(configuration.profiles.values.first)
        #expect(database.port == 5432)
        #expect(database.connections == 4)
        #expect(database.timeoutSeconds == 10)
        #expect(database.ceilings == .init())
        #expect(database.endpoint == .init(host: "db1.internal", port: 5432))
        #expect(profile.scramIterations == 4096)
        #expect(profile.connectionLimit == 10)
        #expect(profile.maxActive == .init(perPerson: 10, total: 1000))
        #expect(!profile.reasonRequired)
        #expect(configuration.listen.mode == 0o660)
    }

    @Test("Everything that is wrong is reported in one go, in the order of the file")
    func everythingThatIsWrongIsReported() throws {
        let sample = try SampleConfiguration()
        sample.text = sample.text
            .replacing("tag: eu1", with: "tag: EU-1")
            .replacing("port: 5433", with: "port: 0\n    port: 1")
            .replacing("timeout: 5s", with: "timeout: 5")
            .replacing("engine: postgresql", with: "engine: oracle")
            .replacing("database: orders\n    desc", with: "database: nothing\n    desc")
            .replacing("\"user:ci\"", with: "nobody")
        let complaints = sample.complaints()
        #expect(
            complaints.map { $0.split(separator: ": ")[0...1].joined(separator: " ") } == [
                "mayfly.yaml:1:37 installation.tag",
                "mayfly.yaml:8:13 databases.orders.engine",
                "mayfly.yaml:12:11 databases.orders.port",
                "mayfly.yaml:13:5 databases.orders.port",
                "mayfly.yaml:19:14 databases.orders.timeout",
                "mayfly.yaml:23:15 profiles.orders-read.database",
                "mayfly.yaml:33:64 access[0].who[1]",
            ])
        for _ in 1...20 { #expect(sample.complaints() == complaints) }
    }

    @Test(
        "A text that is no YAML, or more than we take, is reported with its place",
        arguments: [
            ("a: [\n", "2:1: not YAML"),
            (
                "a: 1\n\tb: 2\n",
                "2:1: not YAML: found a tab character that violates indentation (while scanning a plain scalar in line 1) — indent with spaces, not tabs"
            ),
            ("installation: { name: x\nlisten: 1\n", "2:7: not YAML"),
            (
                "a: \"\u{1}\"",
                "1:5: not YAML: control characters are not allowed — remove the control character"
            ),
            (
                "a: \"x\u{0}y\"",
                "1:6: not YAML: control characters are not allowed — remove the control character"
            ),
            ("", "1:1: the file is empty"),
            ("# nothing\n", "1:1: the file is empty"),
            ("~", "1:1: the file is empty"),
            ("- a\n", "1:1: a mapping of installation, listen, state … is needed, this is a list"),
            ("a: 1\n---\nb: 1\n", "2:1: not YAML: but found another document"),
            (
                "a: &x 1\n",
                "1:4: anchors and aliases are not taken — write the value out, or quote it if it begins with & or *"
            ),
            ("a: 'it''s'\nb: [ 1, *x ]\n", "2:9: anchors and aliases are not taken"),
            ("? *x : 1\n", "1:3: anchors and aliases are not taken"),
            (String(repeating: "[", count: 100_000), "1:65: nested too deeply"),
            (String(repeating: "- ", count: 100_000), "1:129: nested too deeply"),
            (String(repeating: "{ a: ", count: 100_000), "1:321: nested too deeply"),
        ])
    func notYAML(text: String, complaint: String) throws {
        let sample = try SampleConfiguration()
        sample.text = text
        let complaints = sample.complaints()
        #expect(complaints.first?.hasPrefix("mayfly.yaml:" + complaint) == true, "\(complaints)")
    }

    @Test("Ampersands and asterisks in quotes, comments and words are no anchors")
    func ampersandsAndAsterisksInQuotesComments() throws {
        let sample = try SampleConfiguration()
        sample.text = sample.text
            .replacing(
                "description: Read orders and customers, for support and debugging",
                with: "description: \"*R&D* \\\" &x, *y\"   # see &there and *here"
            )
            .replacing("name: developers read orders", with: "name: 'R&D''s *own*'")
        #expect(sample.complaints() == [])
    }

    @Test("A bomb of aliases is refused before it goes off")
    func aBombOfAliasesIsRefused() throws {
        let sample = try SampleConfiguration()
        var text = "a0: &a0 [ x, x ]\n"
        for level in 1...40 { text += "a\(level): &a\(level) { ? [ *a\(level - 1), *a\(level - 1) ] : 1 }\n" }
        sample.text = text
        let clock = ContinuousClock()
        let time = clock.measure { #expect(sample.complaints().count == 121) }
        // Written out they would be 2 to the power of 40.
        #expect(time < .seconds(60))
    }

    @Test("A note tells of what is allowed but may not be meant")
    func aNoteTellsOfWhatIs() throws {
        let sample = try SampleConfiguration()
        sample.text = sample.text
            .replacing("mode: verify-full, ca: \(sample.directory)/ca.pem", with: "mode: disable")
            .replacing("scram_iterations: 8192", with: "scram_iterations: 1")
            .replacing("max_ttl: 1h", with: "max_ttl: 9h")
            .replacing("administrators: [ \"group:mayfly-admins\" ]\n", with: "")
        let notes = try sample.parse().notes.map(\.key)
        #expect(
            notes == [
                "administrators", "databases.orders.tls.mode", "profiles.orders-read.scram_iterations",
                "access[0].max_ttl",
            ])
    }
}
