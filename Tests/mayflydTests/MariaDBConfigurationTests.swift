import MayflyCore
import Testing

@testable import mayflyd

/// What differs in the configuration where the server is MariaDB or MySQL.
@Suite struct MariaDBConfigurationTests {
    private func sample(
        _ engine: String, _ changes: [(String, String)] = []
    ) throws -> SampleConfiguration {
        let sample = try SampleConfiguration()
        sample.text = sample.text
            .replacing("engine: postgresql", with: "engine: \(engine)")
            .replacing("        also: [ orders_archive ]\n", with: "")
            .replacing("    also: [ orders_archive ]\n", with: "")
            .replacing(
                "settings: { statement_timeout: 60s, default_transaction_read_only: \"on\" }",
                with: "settings: { max_queries_per_hour: \"1000\" }")
        for (old, new) in changes {
            #expect(sample.text.contains(old))
            sample.text = sample.text.replacing(old, with: new)
        }
        return sample
    }

    private func definition(_ sample: SampleConfiguration) throws -> DatabaseDefinition {
        try #require(try sample.parse().configuration.databases[DatabaseName(unchecked: "orders")])
    }

    @Test func whatIsLeftOutIsWhatFitsTheEngine() throws {
        let plain = try definition(
            sample("mysql", [("    port: 5433\n", ""), (", max_live: 400", "")]))
        #expect(plain.engine == .mysql && plain.port == 3306 && plain.ceilings.maxLive == 1000)
        #expect(plain.loginAccounts == nil && plain.accountHost == "%")
        #expect(plain.madeAccounts == .init(host: "%", authentication: .native))

        var local = plain
        local.hosts = ["/run/mysqld/mysqld.sock"]
        #expect(local.accountHost == "localhost")
        // Requesters are told another place than the socket.
        #expect(local.madeAccounts.host == "%")
        local.client = nil
        #expect(local.madeAccounts.host == "localhost")
    }

    @Test func whatIsConfiguredIsTaken() throws {
        let definition = try definition(
            sample(
                "mariadb",
                [
                    (
                        "    connections: 3\n",
                        "    connections: 3\n    account_host: 10.1.%\n    authentication: ed25519\n"
                    ),
                    ("account: { user: mayfly,", "account: { user: mayfly, host: 10.2.0.0/255.255.0.0,"),
                ]))
        #expect(definition.madeAccounts == .init(host: "10.1.%", authentication: .ed25519))
        #expect(definition.accountHost == "10.2.0.0/255.255.0.0")
    }

    static let wrong: [(engine: String, old: String, new: String, complaint: String)] = [
        (
            "mariadb", "timeout: 5s", "account_host: \"a b\"",
            "databases.orders.account_host: \"a b\" cannot be the host part"
        ),
        ("mariadb", "timeout: 5s", "account_host: \"x' OR '\"", "cannot be the host part"),
        (
            "mariadb", "timeout: 5s", "authentication: plain",
            "authentication: \"plain\" is not a method — native or ed25519"
        ),
        (
            "mysql", "timeout: 5s", "authentication: native",
            "databases.orders.authentication: means nothing on mysql"
        ),
        (
            "postgresql", "timeout: 5s", "account_host: \"%\"",
            "databases.orders.account_host: means nothing on postgresql"
        ),
        ("mysql", "timeout: 5s", "also: [ other ]", "databases.orders.also: means nothing on mysql"),
        (
            "mysql", "user: mayfly", "user: \(String(repeating: "m", count: 33))",
            "the account's name has 33 characters — the server keeps 32"
        ),
        (
            "mysql", "[ orders_readonly ]", "[ \(String(repeating: "r", count: 33)) ]",
            "a group role's name has 33 characters — the server keeps 32"
        ),
        ("mariadb", "[ orders_readonly ]", "[ a, b ]", "2 group roles, and an account of mariadb gets one"),
        (
            "mysql", "database: orders\n    tls", "database: \(String(repeating: "d", count: 65))\n    tls",
            "the database's name has 65 characters — the server keeps 64"
        ),
        (
            "mariadb", "hosts: [ db1.internal, db2.internal ]", "hosts: [ /run/mysqld/mysqld.sock, db1 ]",
            "a socket stands alone"
        ),
        (
            "mariadb", "hosts: [ db1.internal, db2.internal ]",
            "hosts: /\(String(repeating: "x", count: 110))",
            "the socket's path has 111 bytes"
        ),
        ("mariabd", "timeout: 5s", "timeout: 6s", "\"mariabd\" is not an engine — did you mean mariadb?"),
    ]

    @Test(arguments: wrong)
    func whatTheEngineCouldNotTakeIsReported(
        engine: String, old: String, new: String, complaint: String
    ) throws {
        let complaints = try sample(engine, [(old, new)]).complaints()
        #expect(complaints.contains { $0.contains(complaint) }, "\(complaints)")
    }

    @Test func aServerThatIsElsewhereNeedsTLS() throws {
        let sample = try sample("mysql")
        sample.text = sample.text.replacing(/\ +tls: .*\n/, with: "")
        #expect(sample.complaints().contains { $0.contains("databases.orders.tls: is missing") })
    }

    @Test func aPasswordThatWouldNotBeSentIsNoted() throws {
        let file = try sample(
            "mysql",
            [
                ("hosts: [ db1.internal, db2.internal ]", "hosts: 127.0.0.1"),
                ("    replicas: [ db3.internal ]\n", ""),
                ("mode: verify-full", "mode: disable"),
            ])
        file.text = file.text.replacing(/, ca: [^ ]+ca\.pem/, with: "")
        #expect(try file.parse().notes.contains { $0.description.contains("caching_sha2_password") })
    }

    /// The longest name that there can be: a tag and a requester of full length.
    @Test func aRolesNameFitsWhatMySQLKeeps() throws {
        let tag = try #require(InstallationTag(rawValue: "abcde"))
        let name = RoleName(
            tag: tag, requester: "a-very-long-requester", random: Array(repeating: 255, count: 13))
        #expect(name.rawValue.utf8.count == 31)
    }
}
