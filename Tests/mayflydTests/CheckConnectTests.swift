import Foundation
import MayflyTesting
import Testing

/// `mayflyd check --connect` against a real server, through the real binary: from a bare server to one that was
/// tampered with.
@Suite struct CheckConnectTests {
    /// A server with the databases and the group role of the configuration, but no guard yet.
    private struct Site {
        let server: PostgreSQLServer
        let sample: SampleConfiguration
        var path: String { sample.directory + "/mayfly.yaml" }

        static func make() async throws -> Site {
            let server = try await PostgreSQLServer.start()
            try await server.execute("CREATE ROLE orders_readonly NOLOGIN")
            try await server.execute("CREATE DATABASE orders")
            try await server.execute("CREATE DATABASE orders_archive")
            let sample = try SampleConfiguration()
            sample.text = sample.text
                .replacing(
                    "[ db1.internal, db2.internal ]\n    replicas: [ db3.internal ]", with: "[ 127.0.0.1 ]"
                )
                .replacing("    client: { host: orders.db.internal, port: 6432 }\n", with: "")
                .replacing("    tls: { mode: verify-full, ca: \(sample.directory)/ca.pem }\n", with: "")
                .replacing("port: 5433", with: "port: \(server.port)")
            try sample.write(sample.text, to: "mayfly.yaml", mode: 0o600)
            return Site(server: server, sample: sample)
        }

        /// As a DBA does: `mayflyd guard print orders | psql`, then a password.
        func installGuard() async throws {
            let script = try await MayflydBinary.run(["guard", "print", "orders", "--config", path])
            #expect(script.status == 0)
            try await server.psql(script: script.output)
            try await server.setPassword("hunter2hunter2", of: "mayfly")
        }

        func check(
            _ arguments: [String] = ["--connect"], environment: [String: String] = [:]
        ) async throws -> (status: Int32, lines: [CheckCommandTests.Report.Line]) {
            let result = try await MayflydBinary.run(
                ["check", "--json", "--config", path] + arguments, environment: environment)
            #expect(!result.output.contains("hunter2") && !result.errors.contains("hunter2"))
            let report = try JSONDecoder().decode(
                CheckCommandTests.Report.self, from: Data(result.output.utf8))
            return (result.status, report.findings)
        }

        func errors(_ arguments: [String] = ["--connect"], environment: [String: String] = [:]) async throws
            -> (status: Int32, lines: [CheckCommandTests.Report.Line])
        {
            let result = try await check(arguments, environment: environment)
            return (result.status, result.lines.filter { $0.severity == "error" })
        }
    }

    @Test("A server that is down ends with 69")
    func down() async throws {
        let site = try await Site.make()
        try await site.server.stop()
        let (status, errors) = try await site.errors()
        #expect(status == 69)
        #expect(errors.count == 1)
        #expect(errors.first?.subject == "orders")
    }

    @Test("A server without the guard is an error that names what to install; with it nothing is missing")
    func install() async throws {
        let site = try await Site.make()
        // The account is there, but nothing was installed.
        try await site.server.execute("CREATE ROLE mayfly LOGIN")
        try await site.server.setPassword("hunter2hunter2", of: "mayfly")
        let (status, errors) = try await site.errors()
        #expect(status == 1)
        #expect(errors.contains { $0.statement?.contains("mayflyd guard print orders") == true })

        try await site.installGuard()
        let whole = try await site.check()
        #expect(whole.status == 0, "\(whole.lines)")
        #expect(whole.lines.contains { $0.check == "guard" && $0.severity == "ok" })
        #expect(whole.lines.contains { $0.check == "clock" && $0.severity == "ok" })
        #expect(whole.lines.contains { $0.check == "expiry" })
        #expect(whole.lines.contains { $0.check == "ceilings" && $0.severity == "ok" })
        try await site.server.execute("UPDATE mayfly.guard SET max_live = 5000", database: "mayfly")
        let looser = try await site.check()
        #expect(looser.status == 0)
        #expect(
            looser.lines.contains {
                $0.severity == "warning" && $0.statement == "UPDATE mayfly.guard SET max_live = 400;"
            })
        // The table says the same to people.
        let table = try await MayflydBinary.run(["check", "--connect", "--config", site.path])
        #expect(table.status == 0 && table.errors == "")
        #expect(table.output.split(separator: "\n").contains { $0.hasPrefix("ok ") && $0.contains("guard") })
    }

    @Test("A probe issues, logs in as the new role, and leaves nothing behind")
    func probe() async throws {
        let site = try await Site.make()
        try await site.installGuard()
        let (status, lines) = try await site.check(["--probe", "orders-read"])
        #expect(status == 0, "\(lines)")
        #expect(lines.contains { $0.check.contains("probe") && $0.severity == "ok" })
        let left = try await site.server.psql(
            script: """
                \\pset format unaligned
                \\pset tuples_only on
                SELECT count(*) FROM pg_roles WHERE rolname LIKE 'mf\\_%';
                """)
        #expect(left.trimmingCharacters(in: .whitespacesAndNewlines) == "0")

        // pg_hba shows nowhere but here.
        try await site.server.refuseLogins(to: "orders", but: "mayfly")
        let refused = try await site.errors(["--probe", "orders-read"])
        #expect(refused.status == 1)
        #expect(!refused.lines.isEmpty)
    }

    @Test(
        "A database that is down does not keep another from being probed, and a probe elsewhere is an error")
    func probeBesideDown() async throws {
        let site = try await Site.make()
        try await site.installGuard()
        let text = try String(contentsOfFile: site.path, encoding: .utf8)
        // Comes before `orders`, and nobody listens there.
        let down = """
            databases:
              archive:
                engine: postgresql
                hosts: [ 127.0.0.1 ]
                port: 1
                database: archive
                account: { user: mayfly, password_file: \(site.sample.directory)/orders.password }
            """
        try site.sample.write(text.replacing("databases:", with: down), to: "mayfly.yaml", mode: 0o600)
        let (status, lines) = try await site.check(["--connect", "--probe", "orders-read"])
        #expect(status == 69)
        #expect(lines.contains { $0.check.contains("probe") && $0.severity == "ok" }, "\(lines)")
        let elsewhere = try await MayflydBinary.run([
            "check", "--config", site.path, "--database", "archive", "--probe", "orders-read",
        ])
        #expect(elsewhere.status == 64 && elsewhere.errors.contains("orders-read"), "\(elsewhere)")
    }

    @Test("A wrong password is an error that says what to run")
    func wrongPassword() async throws {
        let site = try await Site.make()
        try await site.installGuard()
        try await site.server.setPassword("another", of: "mayfly")
        let (status, errors) = try await site.errors()
        #expect(status == 1)
        #expect(errors.contains { $0.statement?.contains("\\password") == true })
    }

    @Test("PGPASSWORD of whoever starts us is not the password of our account")
    func strangersPassword() async throws {
        let site = try await Site.make()
        try await site.installGuard()
        let text = try String(contentsOfFile: site.path, encoding: .utf8)
        try site.sample.write(
            text.replacing(", password_file: \(site.sample.directory)/orders.password", with: "")
                .replacing("[ 127.0.0.1 ]", with: "[ \(site.server.socketDirectory) ]"),
            to: "mayfly.yaml", mode: 0o600)
        let (status, errors) = try await site.errors(environment: ["PGPASSWORD": "hunter2hunter2"])
        #expect(status == 1 && !errors.isEmpty, "\(errors)")
    }

    @Test("A guard that was altered, or that others may call, is an error; a DBA's look finds it too")
    func altered() async throws {
        let site = try await Site.make()
        try await site.installGuard()
        let dba = ["--as-dba", "--dba-host", site.server.socketDirectory]
        let whole = try await site.check(dba)
        #expect(whole.status == 0, "\(whole.lines)")

        try await site.server.execute("CREATE ROLE stranger")
        try await site.server.execute(
            "GRANT EXECUTE ON FUNCTION mayfly.issue(jsonb) TO stranger", database: "mayfly")
        let open = try await site.errors()
        #expect(open.status == 1)
        #expect(open.lines.contains { $0.message.contains("stranger") })
        #expect(open.lines.contains { $0.statement?.contains("REVOKE") == true })
        try await site.server.execute(
            "REVOKE EXECUTE ON FUNCTION mayfly.issue(jsonb) FROM stranger", database: "mayfly")
        #expect(try await site.errors().status == 0)

        try await site.server.execute(
            """
            DO $do$ BEGIN
                EXECUTE replace(pg_get_functiondef('mayfly.issue(jsonb)'::regprocedure), 'BEGIN', 'BEGIN /* x */');
            END $do$
            """, database: "mayfly")
        let altered = try await site.errors()
        #expect(altered.status == 1)
        #expect(altered.lines.contains { $0.message.contains("issue") })
        let seen = try await site.errors(dba)
        #expect(seen.lines.contains { $0.check.contains("postgres") && $0.message.contains("issue") })

        // The guard now also lies about itself: only the DBA's look is left.
        try await site.server.execute(
            """
            DO $do$ BEGIN
                EXECUTE replace(pg_get_functiondef('mayfly.describe()'::regprocedure),
                    'sha256(convert_to(p.prosrc, ''UTF8''))',
                    'sha256(convert_to(replace(replace(p.prosrc, ''BEGIN /'' || ''* x */'', ''BEGIN''), '''', ''''), ''UTF8''))');
            END $do$
            """, database: "mayfly")
        #expect(try await site.errors(dba).lines.contains { $0.check.contains("postgres") })
    }
}
