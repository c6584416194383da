import Foundation
import MayflyCore
import Testing

@testable import MayflyServer

@Suite("Definitions that outlive their configuration")
struct RetainedDefinitionsTests {
    private static let configuration = BrokerTests.Bench.configuration(perPerson: 3, connections: 7)

    @Test("They are read back as they were")
    func roundTrip() throws {
        var configuration = Self.configuration
        let name = try #require(configuration.databases.keys.first)
        configuration.databases[name]?.client = .init(host: "db.example", port: 6432)
        configuration.databases[name]?.also = ["archive"]
        configuration.databases[name]?.account.password = .file("/etc/mayfly/orders.password")
        configuration.databases[name]?.account.host = "10.1.%"
        configuration.databases[name]?.loginAccounts = .init(host: "%", authentication: .ed25519)
        configuration.databases[name]?.ceilings = .init(maxTTL: try TTL(seconds: 60), maxLive: 4)
        configuration.databases[name]?.mode = .direct
        configuration.databases[name]?.orphans = .drop
        configuration.databases[name]?.driftSeconds = 30
        let profile = try #require(configuration.profiles.keys.first)
        configuration.profiles[profile]?.scope = Scope([
            ScopeGrant(.level(.write, schema: "sales"), [], future: .of(["owner"])),
            ScopeGrant(
                .tables(schema: "s*", NameSelection(names: ["a", "b*"], except: ["*c"])), [.select, .insert]),
            ScopeGrant(.columns(["id"], schema: "sales", NameSelection(names: ["t"])), [.select]),
            ScopeGrant(.routines(schema: "sales", NameSelection(names: ["f(bigint)"])), [.execute]),
            ScopeGrant(.databases(["orders"]), [.connect]),
        ])
        configuration.profiles[profile]?.group = "mfg_t_orders"
        configuration.profiles[profile]?.groupStatements = ["GRANT x TO {{group}}"]
        configuration.profiles[profile]?.onDrift = .stop
        configuration.profiles[profile]?.onChange = .revoke
        configuration.profiles[profile]?.ownedObjects = .reassign(to: "owner")
        configuration.profiles[profile]?.create = .init(owner: "owner", ddlAsOwner: true)
        configuration.profiles[profile]?.creationStatements = ["SELECT 1"]
        configuration.profiles[profile]?.revocationStatements = ["SELECT 2"]
        let definitions = RetainedDefinitions(configuration)
        let read = RetainedDefinitions(decoding: try definitions.encoded())
        #expect(read.databases == definitions.databases)
        #expect(read.profiles == definitions.profiles)
        #expect(read.unreadable == 0)
    }

    @Test("What an older version did not write is read as its default")
    func older() throws {
        let read = RetainedDefinitions(
            decoding: """
                {"databases": [{"name": "orders", "engine": "postgresql", "hosts": ["db"], "port": 5432,
                    "database": "orders", "tls": {"mode": "verify-full"},
                    "account": {"user": "mayfly", "password": {"none": {}}}}],
                 "profiles": [{"name": "orders-read", "database": "orders", "ttl": {"default": 60, "max": 60},
                    "memberOf": ["orders_readonly"]}]}
                """)
        #expect(read.unreadable == 0)
        #expect(read.databases.first?.connections == 4)
        #expect(read.profiles.first?.scramIterations == 4096)
        #expect(read.databases.first?.mode == .guard && read.databases.first?.driftSeconds == 600)
        #expect(read.profiles.first?.scope == nil && read.profiles.first?.onDrift == .warn)
    }

    @Test("One that cannot be read costs itself only, and a memo that is no JSON is no more than that")
    func unreadable() throws {
        let whole = try RetainedDefinitions(Self.configuration).encoded()
        let engine = RetainedDefinitions(decoding: whole.replacing(#""postgresql""#, with: #""oracle""#))
        #expect(engine.unreadable == 1 && engine.databases.isEmpty && engine.profiles.count == 1)
        let zero = RetainedDefinitions(decoding: whole.replacing(#""max":28800"#, with: #""max":0"#))
        #expect(zero.unreadable == 1 && zero.databases.count == 1)
        #expect(RetainedDefinitions(decoding: "nonsense").unreadable == 1)
    }

    @Test("Whatever a definition says is retained: this fails when one has gained something")
    func complete() throws {
        let database = try #require(Self.configuration.databases.values.first)
        let profile = try #require(Self.configuration.profiles.values.first)
        #expect(Self.labels(database) == Self.labels(RetainedDatabase(database)))
        #expect(Self.labels(database.tls) == Self.labels(RetainedDatabase(database).tls))
        #expect(Self.labels(database.account) == Self.labels(RetainedDatabase(database).account))
        #expect(Self.labels(profile) == Self.labels(RetainedProfile(profile)))
    }

    private static func labels(_ value: Any) -> Set<String> {
        Set(Mirror(reflecting: value).children.compactMap(\.label))
    }
}
