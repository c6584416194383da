import Foundation
import MayflyTesting
import SQLClients
import Testing

/// `mayflyd plan` and `apply`, the real binary against a real MariaDB or MySQL, beside the server's client.
@Suite struct MariaDBPlanCommandTests {
    private struct Site {
        let server: MariaDBServer
        let sample: SampleConfiguration
        var path: String { sample.directory + "/shop.yaml" }
        var dba: [String] { ["--as-dba", "--dba-host", server.socket] }

        static func make(_ more: String = "") async throws -> Site {
            let server = try await MariaDBServer.start()
            try await server.client(
                script: """
                    CREATE SCHEMA shop; CREATE TABLE shop.orders (id INT, total INT); CREATE TABLE shop.secrets (id INT);
                    CREATE SCHEMA stock_a; CREATE TABLE stock_a.items (id INT);
                    """)
            let sample = try SampleConfiguration()
            try sample.write("hunter2hunter2", to: "shop.password", mode: 0o600)
            try sample.write(
                """
                installation: { name: prod-eu, tag: eu1 }
                listen: { socket: \(sample.directory)/s }
                state: { path: \(sample.directory)/mayfly.db }
                administrators: [ "group:mayfly-admins" ]
                databases:
                  shop:
                    engine: \(server.isMySQL ? "mysql" : "mariadb")
                    hosts: [ \(server.socket) ]
                    database: shop
                    account: { user: mayfly, password_file: \(sample.directory)/shop.password }
                profiles:
                  shop-support:
                    database: shop
                    ttl: { default: 30m, max: 8h }
                    group: shop_support
                    grants:
                      - { schema: shop, tables: [ orders ], privileges: [ select ] }
                      - { schema: stock_a, level: read }
                    \(more)
                access:
                  - { name: all, who: [ "group:developers" ], profiles: [ shop-support ] }
                """, to: "shop.yaml", mode: 0o600)
            return Site(server: server, sample: sample)
        }

        func run(_ arguments: [String]) async throws -> MayflydBinary.Result {
            try await MayflydBinary.run(arguments + ["--config", path])
        }
    }

    @Test(
        "From a review before there is a server, over the guard, to all in step; broken by hand, found, mended"
    )
    func wholeStory() async throws {
        let site = try await Site.make()
        let review = try await site.run(["plan", "shop", "--offline"])
        #expect(review.status == 2 && review.errors == "", "\(review)")
        #expect(review.output.contains("CREATE ROLE `shop_support`;"))
        #expect(review.output.contains("GRANT SELECT ON `shop`.`orders` TO `shop_support`;"))
        #expect(review.output.contains("GRANT SELECT, SHOW VIEW ON `stock\\_a`.* TO `shop_support`;"))

        // What is printed as a DBA is the client's own language, also before there is a guard.
        let before = try await site.run(["plan", "shop"] + site.dba)
        #expect(before.status == 2 && before.output.contains("there is no guard yet"), "\(before)")
        try await site.server.client(script: before.output)
        let guardScript = try await site.run(["guard", "print", "shop"])
        try await site.server.installGuard(script: guardScript.output, password: "hunter2hunter2")
        let plan = try await site.run(["plan", "shop"])
        #expect(plan.status == 0 && plan.output.contains("-- Nothing to do"), "\(plan)")
        #expect(try await site.run(["plan", "shop"] + site.dba).status == 0)

        try await site.server.client(
            script:
                "GRANT SELECT ON shop.secrets TO shop_support; REVOKE SELECT ON shop.orders FROM shop_support"
        )
        let broken = try await site.run(["plan", "shop", "--json"])
        #expect(broken.status == 2 && broken.output.contains("\"in_step\" : false"), "\(broken)")
        #expect(broken.output.contains("REVOKE SELECT ON `shop`.`secrets` FROM `shop_support`"))
        let alone = try await site.run(["apply", "shop"] + site.dba)
        #expect(alone.status == 1 && alone.errors.contains("--yes"), "\(alone)")
        let refused = try await site.run(["apply", "shop", "--yes", "--dba-user", "mayfly"] + site.dba)
        #expect(refused.status == 1 && refused.errors.contains("broker's own account"), "\(refused)")
        let applied = try await site.run(["apply", "shop", "--yes"] + site.dba)
        #expect(applied.status == 0 && applied.output.contains("shop: all is in step"), "\(applied)")
        #expect(try await site.run(["plan", "shop"]).status == 0)
        let check = try await site.run(["check", "--connect"])
        #expect(check.status == 0, "\(check.output)")
    }

    @Test(
        "A statement that fails leaves what was run before it, and says so; a server that is down ends with 69"
    )
    func failure() async throws {
        let site = try await Site.make()
        try await site.server.client(
            script: """
                CREATE USER weak@localhost IDENTIFIED BY 'Weak-password-1';
                GRANT CREATE USER, SELECT ON *.* TO weak@localhost;
                """)
        let password = site.sample.directory + "/weak"
        try site.sample.write("Weak-password-1", to: "weak", mode: 0o600)
        let failed = try await site.run(
            ["apply", "shop", "--yes", "--dba-user", "weak", "--dba-password-file", password] + site.dba)
        #expect(failed.status == 1 && failed.errors.contains("GRANT SELECT"), "\(failed)")
        #expect(failed.errors.contains("what was run before it stays"))
        #expect(
            try await !site.server.execute("SELECT 1 FROM mysql.user WHERE User = 'shop_support'").isEmpty)
        try await site.server.stop()
        let plan = try await site.run(["plan", "shop"])
        #expect(plan.status == 69 && plan.output.contains("CREATE ROLE"), "\(plan)")
        #expect(try await site.run(["apply", "shop", "--yes"] + site.dba).status == 69)
    }
}
