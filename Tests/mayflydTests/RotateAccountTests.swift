import Foundation
import Glibc
import MayflyTesting
import Testing

/// `mayflyd rotate-account` through the real binary, against real servers.
@Suite struct RotateAccountTests {
    /// A server with the guard and a configuration for it.
    private struct Site {
        let server: PostgreSQLServer
        let sample: SampleConfiguration
        var path: String { sample.directory + "/mayfly.yaml" }
        var file: String { sample.directory + "/orders.password" }
        var next: String { file + ".next" }

        static func make() async throws -> Site {
            // What is said to the server is in its log, which is looked through.
            let server = try await PostgreSQLServer.start(settings: ["log_statement = 'all'"])
            for statement in [
                "CREATE ROLE orders_readonly", "CREATE DATABASE orders", "CREATE DATABASE orders_archive",
            ] {
                try await server.execute(statement)
            }
            let sample = try SampleConfiguration()
            sample.text = sample.text
                .replacing(
                    "[ db1.internal, db2.internal ]\n    replicas: [ db3.internal ]", with: "[ 127.0.0.1 ]"
                )
                .replacing("    client: { host: orders.db.internal, port: 6432 }\n", with: "")
                .replacing("    tls: { mode: verify-full, ca: \(sample.directory)/ca.pem }\n", with: "")
                .replacing("port: 5433", with: "port: \(server.port)")
            try sample.write(sample.text, to: "mayfly.yaml", mode: 0o600)
            let site = Site(server: server, sample: sample)
            let script = try await MayflydBinary.run(["guard", "print", "orders", "--config", site.path])
            try await server.psql(script: script.output)
            try await server.setPassword("hunter2hunter2", of: "mayfly")
            return site
        }

        func rotate(_ options: [String] = [], failpoint: String? = nil) async throws -> MayflydBinary.Result {
            let result = try await MayflydBinary.run(
                ["rotate-account", "orders", "--config", path] + options,
                environment: failpoint.map { ["MAYFLY_FAILPOINT": $0] } ?? [:])
            for secret in [try password(file), "hunter2hunter2"] {
                #expect(!result.output.contains(secret) && !result.errors.contains(secret))
            }
            return result
        }

        func password(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

        var hasNext: Bool { FileManager.default.fileExists(atPath: next) }

        func takes(_ password: String) async -> Bool {
            do {
                let connection = try await server.connect(
                    as: "mayfly", password: password, database: "mayfly")
                await connection.close()
                return true
            } catch {
                return false
            }
        }

        /// As the daemon does it, by the configuration.
        func brokerGetsIn() async throws -> Bool {
            try await MayflydBinary.run(["check", "--connect", "--config", path]).status == 0
        }
    }

    @Test("The new password is in force, in the file alone, and was never said to the server")
    func rotates() async throws {
        let site = try await Site.make()
        let result = try await site.rotate()
        #expect(result.status == 0 && result.errors == "", "\(result)")
        let new = try site.password(site.file)
        #expect(new.count == 32 && new != "hunter2hunter2")
        #expect(await site.takes(new))
        #expect(await !site.takes("hunter2hunter2"))
        #expect(!site.hasNext)
        let mode = try FileManager.default.attributesOfItem(atPath: site.file)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let log = try String(contentsOfFile: site.server.logPath, encoding: .utf8)
        #expect(log.contains("ALTER ROLE") && !log.contains(new))
        #expect(try await site.brokerGetsIn())
        // And once more, as with any other.
        #expect(try await site.rotate().status == 0)
        #expect(await !site.takes(new))
    }

    @Test(
        "Killed at any point, the broker gets in, and the next run leaves one file with one password",
        arguments: ["rotate.written", "rotate.set", "rotate.proven"])
    func killed(failpoint: String) async throws {
        let site = try await Site.make()
        let killed = try await site.rotate(failpoint: failpoint)
        #expect(killed.status == 137)
        #expect(site.hasNext)
        #expect(try site.password(site.file) == "hunter2hunter2")
        let next = try site.password(site.next)
        #expect(await site.takes("hunter2hunter2") == (failpoint == "rotate.written"))
        #expect(await site.takes(next) == (failpoint != "rotate.written"))
        #expect(try await site.brokerGetsIn())

        let again = try await site.rotate()
        #expect(again.status == 0, "\(again)")
        #expect(!site.hasNext)
        let now = try site.password(site.file)
        // What the server never got is thrown away, what it got is put in force.
        #expect((now == next) == (failpoint != "rotate.written"))
        #expect(await site.takes(now))
        #expect(try await site.brokerGetsIn())
    }

    @Test("With a file that the server does not take nothing is changed, until a DBA does it")
    func lost() async throws {
        let site = try await Site.make()
        try await site.server.setPassword("something-else", of: "mayfly")
        let refused = try await site.rotate()
        #expect(refused.status == 1 && refused.errors.contains("--as-dba"), "\(refused)")
        #expect(try site.password(site.file) == "hunter2hunter2" && !site.hasNext)
        // Also with what an earlier run left, of which the server takes neither.
        try site.sample.write("left-from-before", to: "orders.password.next", mode: 0o600)
        #expect(try await site.rotate().status == 1)
        #expect(site.hasNext)
        let mended = try await site.rotate(["--as-dba", "--dba-host", site.server.socketDirectory])
        #expect(mended.status == 0, "\(mended)")
        #expect(await site.takes(try site.password(site.file)))
        #expect(!site.hasNext)
    }

    @Test("A server that refuses, or is away, leaves the old password in force")
    func refused() async throws {
        let site = try await Site.make()
        // Whoever may not change its own password: here because the server is read-only for it.
        try await site.server.execute("ALTER ROLE mayfly SET default_transaction_read_only = on")
        let refused = try await site.rotate()
        #expect(refused.status == 1, "\(refused)")
        try await site.server.execute("ALTER ROLE mayfly RESET default_transaction_read_only")
        #expect(try site.password(site.file) == "hunter2hunter2" && !site.hasNext)
        try await site.server.stop()
        #expect(try await site.rotate().status == 1)
        try await site.server.start()
        #expect(try await site.brokerGetsIn())
        #expect(!site.hasNext)
    }

    @Test("A server that asks for no password proves nothing, and is refused")
    func trusting() async throws {
        let site = try await Site.make()
        let rules = "\(site.server.dataDirectory)/pg_hba.conf"
        let before = try String(contentsOfFile: rules, encoding: .utf8)
        let handle = try FileHandle(forWritingTo: URL(filePath: rules))
        try handle.write(contentsOf: Data(("host all all 127.0.0.1/32 trust\n" + before).utf8))
        try handle.close()
        try await site.server.reload()
        try await eventually("the server trusts") { await site.takes("whatever") }
        let result = try await site.rotate()
        #expect(result.status == 1 && result.errors.contains("pg_hba.conf"), "\(result)")
        #expect(try site.password(site.file) == "hunter2hunter2" && !site.hasNext)
    }

    @Test("Of two at once the second locks the file in force, not the one that the first replaced")
    func replaced() async throws {
        let site = try await Site.make()
        // Stopped between its look and its lock.
        let pidFile = site.sample.directory + "/pid"
        let words = [
            "/bin/sh", "-c", #"echo $$ >"$1.new" && mv "$1.new" "$1"; shift; exec "$@""#, "sh", pidFile,
            "/usr/bin/env", "-i", "MAYFLY_FAILPOINT=rotate.opened", "MAYFLY_FAILPOINT_SIGNAL=stop",
            try BuiltBinary.path("mayflyd"), "rotate-account", "orders", "--config", site.path,
        ]
        let second = Task { try await TestCommand.run(words) }
        try await eventually("it has opened the file") {
            guard let text = FileManager.default.contents(atPath: pidFile),
                let pid = Int(String(decoding: text, as: UTF8.self).trimmingCharacters(in: .newlines)),
                let status = FileManager.default.contents(atPath: "/proc/\(pid)/stat")
            else { return false }
            return String(decoding: status, as: UTF8.self).contains(") T ")
        }
        let pid = try #require(pid_t(try site.password(pidFile).trimmingCharacters(in: .newlines)))
        #expect(try await site.rotate().status == 0)
        let first = try site.password(site.file)
        // A third holds the file in force, as one that is under way would.
        let lock = open(site.file, O_RDONLY | O_CLOEXEC)
        #expect(flock(lock, LOCK_EX | LOCK_NB) == 0)
        kill(pid, SIGCONT)
        do {
            _ = try await second.value
            Issue.record("it took the old file's lock for the lock")
        } catch let failure as TestCommand.Failure {
            #expect(failure.output.contains("is under way"), "\(failure)")
        }
        close(lock)
        #expect(try site.password(site.file) == first && !site.hasNext)
        #expect(await site.takes(first))
    }

    @Test("A link in the place of the file is not replaced, and another source is not ours to write")
    func sources() async throws {
        let site = try await Site.make()
        let elsewhere = site.sample.directory + "/elsewhere"
        try FileManager.default.moveItem(atPath: site.file, toPath: elsewhere)
        try FileManager.default.createSymbolicLink(atPath: site.file, withDestinationPath: elsewhere)
        #expect(try await site.rotate().status == 1)
        #expect(try site.password(elsewhere) == "hunter2hunter2")
        try site.sample.write(
            try String(contentsOfFile: site.path, encoding: .utf8)
                .replacing("password_file: \(site.file)", with: "password_env: ORDERS_PASSWORD"),
            to: "mayfly.yaml", mode: 0o600)
        let result = try await MayflydBinary.run(
            ["rotate-account", "orders", "--config", site.path],
            environment: ["ORDERS_PASSWORD": "hunter2hunter2"])
        #expect(result.status == 1 && result.errors.contains(#"\password "mayfly""#), "\(result)")
        #expect(await site.takes("hunter2hunter2"))
    }

    @Test("On MariaDB the account changes its own, by a hash; on MySQL a DBA does")
    func mariadb() async throws {
        let server = try await MariaDBServer.start()
        try await server.execute("CREATE SCHEMA shop")
        try await server.execute("CREATE ROLE shop_readonly")
        let sample = try SampleConfiguration()
        let file = sample.directory + "/orders.password"
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
                account: { user: mayfly, password_file: \(file) }
            profiles:
              shop-read: { database: shop, ttl: { default: 30m, max: 8h }, member_of: [ shop_readonly ] }
            access:
              - { name: all, who: [ "group:developers" ], profiles: [ shop-read ] }
            """, to: "shop.yaml", mode: 0o600)
        let path = sample.directory + "/shop.yaml"
        let script = try await MayflydBinary.run(["guard", "print", "shop", "--config", path])
        #expect(script.status == 0, "\(script)")
        try await server.installGuard(script: script.output, password: "hunter2hunter2")

        let asDBA = ["--as-dba", "--dba-host", server.socket]
        func rotate(_ options: [String]) async throws -> MayflydBinary.Result {
            try await MayflydBinary.run(["rotate-account", "shop", "--config", path] + options)
        }
        if server.isMySQL {
            let refused = try await rotate([])
            #expect(refused.status == 1 && refused.errors.contains("--as-dba"), "\(refused)")
            #expect(!FileManager.default.fileExists(atPath: file + ".next"))
        }
        var old = "hunter2hunter2"
        for options in server.isMySQL ? [asDBA, asDBA] : [[], asDBA] {
            let result = try await rotate(options)
            #expect(result.status == 0, "\(result)")
            let new = try String(contentsOfFile: file, encoding: .utf8)
            #expect(new != old)
            let connection = try await server.connect(as: "mayfly", password: new)
            await connection.close()
            let refused = old
            await #expect(throws: (any Error).self) {
                try await server.connect(as: "mayfly", password: refused)
            }
            old = new
        }
    }
}
