import Foundation
import Glibc
import MayflyAPI
import MayflyTesting
import Testing

/// Promise 6, looked for where it would show if it were broken: every password that was issued, in every byte that is kept.
@Suite(.serialized)
struct SecretSearchTests {
    @Test(
        "PostgreSQL: no password that was issued is anywhere but in its reply, and the daemon's crash leaves no core"
    )
    func postgres() async throws {
        let hook = try await WebhookServer()
        let world = try await World.make(settings: [
            "log_statement=all", "log_min_duration_statement=0", "log_connections=on",
            "log_error_verbosity=verbose",
        ])
        let key = "\(world.directory)/hook.key"
        try Data("0123456789abcdef0123456789abcdef".utf8).write(to: URL(filePath: key))
        #expect(chmod(key, 0o600) == 0)
        let forms = ["json", "ocsf", "ecs", "cef"]
        let files = forms.map {
            "    \($0): { kind: file, path: \(world.directory)/out.\($0), format: \($0) }"
        }
        try world.configure([
            (
                "databases:",
                """
                audit:
                  checkpoints: { every: 1s, append_to: [ \(world.directory)/kept.jsonl ] }
                  exporters:
                \(files.joined(separator: "\n"))
                    hook: { kind: webhook, url: "\(hook.url)", secret_file: \(key) }
                databases:
                """
            )
        ])
        var daemon = try await world.startDaemon()
        var secrets: [String] = []
        for round in 0..<3 {
            let reply = try await world.request(["orders-read", "--reason", "round \(round)"])
            let credential = try #require(reply.credential)
            secrets.append(credential.password)
            let connection = try await world.server.connect(
                as: credential.username, password: credential.password, database: credential.database)
            _ = try await connection.query("SELECT * FROM orders")
            try Self.expectNoProcess(has: secrets)
            await connection.close()
            // One that fails to log in, whose password the server must not write either.
            await #expect(throws: (any Error).self) {
                _ = try await world.server.connect(
                    as: credential.username, password: credential.password + "x",
                    database: credential.database)
            }
            let id = try #require(reply.lease).id
            #expect(try await world.mayfly(["renew", id]).status == 0)
            if round != 1 { #expect(try await world.mayfly(["revoke", id]).status == 0) }
        }
        let export = try await world.mayfly(["audit", "export"])
        #expect(export.status == 0)
        let last = try #require(export.output.split(separator: "\n").last { $0.contains("lease.revoked") })
        for form in forms {
            try await eventually("\(form) has all of it") {
                let text = String(
                    decoding: try Data(contentsOf: URL(filePath: "\(world.directory)/out.\(form)")),
                    as: UTF8.self)
                return text.matches(of: /lease\.revoked/).count >= 2
            }
        }
        try await eventually("the webhook has all of it") {
            hook.received.contains { String(decoding: $0.body, as: UTF8.self).contains(last) }
        }
        // What is searched does hold what it should.
        let log = String(decoding: try Data(contentsOf: URL(filePath: world.server.logPath)), as: UTF8.self)
        #expect(log.contains("SELECT * FROM orders"))

        // A crash: what was in its memory goes nowhere.
        try FileManager.default.createDirectory(
            atPath: "\(world.directory)/cwd", withIntermediateDirectories: false)
        try await Self.crash(daemon, SIGSEGV)
        let crashed = try daemon.errors()
        daemon = try await world.startDaemon()
        try await Self.crash(daemon, SIGABRT)
        let texts =
            [crashed, try daemon.errors(), export.output]
            + hook.received.map {
                String(decoding: $0.body, as: UTF8.self)
            }
        for secret in secrets {
            #expect(secret.utf8.count >= 32)
            for text in texts { #expect(!text.contains(secret)) }
        }
        let cores = try Self.expectNoFile(
            in: [world.directory, world.server.directory], has: secrets)
        #expect(cores == [], "a core was left")
    }

    @Test("MariaDB: the same, with everything that it logs")
    func mariaDB() async throws {
        let world = try await MariaDBWorld.make(options: ["--general-log=1", "--log-warnings=9"])
        let daemon = try await world.startDaemon()
        var secrets: [String] = []
        for round in 0..<3 {
            let reply = try await world.request(["stock-read", "--reason", "round \(round)"])
            let credential = try #require(reply.credential)
            secrets.append(credential.password)
            let connection = try await world.server.connect(
                as: credential.username, password: credential.password, database: credential.database)
            _ = try await connection.query("SELECT name FROM items")
            try Self.expectNoProcess(has: secrets)
            await connection.close()
            let id = try #require(reply.lease).id
            if round != 1 { #expect(try await world.mayfly(["revoke", id]).status == 0) }
        }
        let export = try await world.mayfly(["audit", "export"])
        try await world.stop(daemon)
        for secret in secrets {
            #expect(!export.output.contains(secret))
            #expect(try !daemon.errors().contains(secret))
        }
        let cores = try Self.expectNoFile(in: [world.directory, world.server.directory], has: secrets)
        #expect(cores == [])
    }

    private static func crash(_ daemon: Program, _ signal: Int32) async throws {
        try await eventually("it is dead") {
            daemon.signal(signal)
            return kill(daemon.pid, 0) != 0
        }
        #expect(try await daemon.outcome().status == -signal)
    }

    /// In no process's arguments or environment. This one has them in its memory alone.
    private static func expectNoProcess(has secrets: [String]) throws {
        var looked = 0
        for name in try FileManager.default.contentsOfDirectory(atPath: "/proc") where Int32(name) != nil {
            for file in ["cmdline", "environ"] {
                // One may have ended meanwhile, or be another user's.
                guard let data = FileManager.default.contents(atPath: "/proc/\(name)/\(file)") else {
                    continue
                }
                looked += 1
                for secret in secrets where find(secret, in: data) {
                    Issue.record("a password in /proc/\(name)/\(file)")
                }
            }
        }
        #expect(looked > 4)
    }

    /// In no file below some directories.
    /// - Returns: those that look like a core.
    private static func expectNoFile(in directories: [String], has secrets: [String]) throws -> [String] {
        var cores: [String] = []
        var looked = 0
        for directory in directories {
            let all = try #require(FileManager.default.enumerator(atPath: directory))
            for case let name as String in all {
                let path = "\(directory)/\(name)"
                var standing = stat()
                guard lstat(path, &standing) == 0, standing.st_mode & S_IFMT == S_IFREG else { continue }
                if (name as NSString).lastPathComponent.hasPrefix("core") { cores.append(path) }
                guard let data = FileManager.default.contents(atPath: path) else { continue }
                looked += 1
                for secret in secrets where find(secret, in: data) {
                    Issue.record("a password in \(path)")
                }
            }
        }
        #expect(looked > 100)
        return cores
    }

    private static func find(_ secret: String, in data: Data) -> Bool {
        let needle = Array(secret.utf8)
        return data.withUnsafeBytes { bytes in
            guard var place = bytes.baseAddress else { return false }
            let end = place + bytes.count
            while end - place >= needle.count,
                let next = memchr(place, Int32(needle[0]), end - place - needle.count + 1)
            {
                if memcmp(next, needle, needle.count) == 0 { return true }
                place = UnsafeRawPointer(next) + 1
            }
            return false
        }
    }
}
