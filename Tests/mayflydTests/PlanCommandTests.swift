import Foundation
import MayflyTesting
import Testing

/// `mayflyd plan` and `apply`, the real binary against a real server, beside psql.
@Suite struct PlanCommandTests {
    private struct Site {
        let server: PostgreSQLServer
        let sample: SampleConfiguration
        var path: String { sample.directory + "/mayfly.yaml" }
        var dba: [String] { ["--as-dba", "--dba-host", server.socketDirectory] }

        static func make(_ grants: String) async throws -> Site {
            let server = try await PostgreSQLServer.start()
            try await server.psql(
                script: """
                    CREATE DATABASE orders; CREATE DATABASE orders_archive; CREATE ROLE orders_owner NOLOGIN;
                    \\connect orders
                    CREATE SCHEMA sales; CREATE TABLE sales.orders (id int, total int); CREATE TABLE sales.secrets (id int);
                    \\connect orders_archive
                    CREATE SCHEMA sales; CREATE TABLE sales.old (id int);
                    """)
            let sample = try SampleConfiguration()
            sample.text = sample.text
                .replacing(
                    "[ db1.internal, db2.internal ]\n    replicas: [ db3.internal ]", with: "[ 127.0.0.1 ]"
                )
                .replacing("    client: { host: orders.db.internal, port: 6432 }\n", with: "")
                .replacing("    tls: { mode: verify-full, ca: \(sample.directory)/ca.pem }\n", with: "")
                .replacing("port: 5433", with: "port: \(server.port)")
                .replacing("member_of: [ orders_readonly ]", with: grants)
            try sample.write(sample.text, to: "mayfly.yaml", mode: 0o600)
            return Site(server: server, sample: sample)
        }

        func run(_ arguments: [String]) async throws -> MayflydBinary.Result {
            try await MayflydBinary.run(arguments + ["--config", path])
        }
    }

    private static let grants = """
        group: orders_support
            grants:
              - { schema: sales, tables: [ orders ], privileges: [ select ] }
              - { database: orders_archive, schema: sales, level: read }
        """

    @Test(
        "From a review before there is a server, over the guard, to all in step; broken by hand, found, mended"
    )
    func wholeStory() async throws {
        let site = try await Site.make(Self.grants)
        // In a pull request.
        let review = try await site.run(["plan", "orders", "--offline"])
        #expect(review.status == 2 && review.errors == "")
        #expect(review.output.contains("CREATE ROLE \"orders_support\" NOLOGIN;"))
        #expect(review.output.contains("GRANT SELECT ON TABLE \"sales\".\"orders\" TO \"orders_support\";"))
        #expect(review.output.contains("\\connect \"orders_archive\""))
        #expect(
            review.output.contains("GRANT SELECT ON ALL TABLES IN SCHEMA \"sales\" TO \"orders_support\";"))
        #expect(
            review.output.contains("-- \u{20} read on schema sales of database orders_archive, which is:"))

        let guardScript = try await site.run(["guard", "print", "orders"])
        try await site.server.psql(script: guardScript.output)
        try await site.server.setPassword("hunter2hunter2", of: "mayfly")
        // As the broker: it can say what is missing, and not change it.
        let plan = try await site.run(["plan", "orders"])
        #expect(plan.status == 2, "\(plan)")
        #expect(plan.output.contains("GRANT SELECT ON TABLE \"sales\".\"old\" TO \"orders_support\";"))
        #expect(!plan.output.contains("allowed_group"))
        let json = try await site.run(["plan", "orders", "--json"])
        struct Report: Decodable {
            struct Profile: Decodable {
                struct Statement: Decodable { var database: String }
                var group: String
                var statements: [Statement]
            }
            var offline: Bool
            var profiles: [Profile]
        }
        let report = try JSONDecoder().decode(Report.self, from: Data(json.output.utf8))
        #expect(!report.offline && report.profiles.first?.group == "orders_support")
        #expect(json.output.contains("\"in_step\" : false"))
        #expect(Set(report.profiles[0].statements.map(\.database)) == ["orders", "orders_archive"])

        // The statements are psql's own language.
        try await site.server.psql(script: plan.output)
        let nothing = try await site.run(["plan", "orders"])
        #expect(nothing.status == 0 && nothing.output.contains("-- Nothing to do"), "\(nothing)")
        let check = try await site.run(["check", "--connect"])
        #expect(check.status == 0, "\(check.output)")

        try await site.server.execute(
            "GRANT SELECT ON sales.secrets TO orders_support", database: "orders")
        let broken = try await site.run(["plan", "orders"])
        #expect(broken.status == 2)
        #expect(
            broken.output.contains("REVOKE SELECT ON TABLE \"sales\".\"secrets\" FROM \"orders_support\";"))
        let applied = try await site.run(["apply", "orders", "--yes"] + site.dba)
        #expect(applied.status == 0, "\(applied)")
        #expect(applied.output.contains("orders: all is in step"))
        #expect(try await site.run(["plan", "orders"] + site.dba).status == 0)
    }

    @Test("apply asks, and takes no for an answer; without a terminal it runs nothing")
    func agreement() async throws {
        let site = try await Site.make(Self.grants)
        let alone = try await site.run(["apply", "orders"] + site.dba)
        #expect(alone.status == 1 && alone.errors.contains("--yes"), "\(alone)")
        #expect(alone.output.contains("CREATE ROLE \"orders_support\" NOLOGIN;"))
        let found = try await site.server.execute("SELECT 1 FROM pg_roles WHERE rolname = 'orders_support'")
        #expect(found.isEmpty)
        #expect(try await site.run(["apply", "orders"]).status == 64)
    }

    @Test("The broker's account is nobody to apply with")
    func broker() async throws {
        let site = try await Site.make(Self.grants)
        let refused = try await site.run(["apply", "orders", "--yes", "--dba-user", "mayfly"] + site.dba)
        #expect(refused.status == 1 && refused.errors.contains("broker's own account"), "\(refused)")
    }

    @Test("A statement that fails undoes its database, and says what the server said")
    func failure() async throws {
        let site = try await Site.make(
            Self.grants + "\n    group_statements: [ \"GRANT no_such_role TO {{group}}\" ]")
        let failed = try await site.run(["apply", "orders", "--yes"] + site.dba)
        #expect(failed.status == 1 && failed.errors.contains("no_such_role"), "\(failed)")
        let found = try await site.server.execute("SELECT 1 FROM pg_roles WHERE rolname = 'orders_support'")
        #expect(found.isEmpty)
    }

    @Test("Raw statements are run, and what they gave is written down in a second round")
    func raw() async throws {
        let site = try await Site.make(
            Self.grants + "\n    group_statements: [ \"GRANT SELECT ON sales.secrets TO {{group}}\" ]")
        let applied = try await site.run(["apply", "orders", "--yes"] + site.dba)
        #expect(applied.status == 0, "\(applied)")
        #expect(applied.output.contains("select on table sales.secrets"))
    }

    @Test("A server that is down ends with 69, and the plan is what the configuration says")
    func down() async throws {
        let site = try await Site.make(Self.grants)
        try await site.server.stop()
        let plan = try await site.run(["plan", "orders"])
        #expect(plan.status == 69 && plan.output.contains("CREATE ROLE"), "\(plan)")
        #expect(try await site.run(["apply", "orders", "--yes"] + site.dba).status == 69)
    }
}
