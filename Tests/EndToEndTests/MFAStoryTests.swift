import Foundation
import MayflyAPI
import MayflyCore
import MayflyCrypto
import MayflyTesting
import Testing

/// Second factors with the real binaries: `nobody` asks for what takes one, `games` owns the data and proves one to
/// approve, root administrates.
@Suite("MFA, end to end", .enabled(if: getuid() == 0, "other users take root"))
struct MFAStoryTests {
    /// The app on somebody's phone. It never gives the same code twice, and waits for the next where that takes it.
    private final class App {
        let secret: String
        private var last = Int64.min

        init(_ secret: String) { self.secret = secret }

        private var bytes: [UInt8] { MFAStoryTests.decoded(secret) }

        func code() async throws -> String {
            // The daemon takes the code of the next step too.
            try await eventually("there is a code that was not used") {
                TOTP.step(at: .now) + 1 > last
            }
            last = max(last + 1, TOTP.step(at: .now))
            return try TOTP.code(try OneTimeSecret(copying: bytes), step: last).text
        }

        /// Right at no step near now.
        func wrong() throws -> String {
            let secret = try OneTimeSecret(copying: bytes)
            let right = try (-3...3).map { try TOTP.code(secret, step: TOTP.step(at: .now) + $0) }
            return (0..<9).map { OneTimeCode(number: $0) }.first { !right.contains($0) }?.text ?? ""
        }
    }

    private static func decoded(_ base32: String) -> [UInt8] {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
        let bits = base32.flatMap { character in
            let value = alphabet.firstIndex(of: character) ?? 0
            return (0..<5).map { value >> (4 - $0) & 1 }
        }
        return stride(from: 0, to: bits.count, by: 8).map { start in
            bits[start..<(start + 8)].reduce(0) { $0 << 1 | UInt8($1) }
        }
    }

    private func world() async throws -> World {
        let world = try await World.make()
        let made = try await world.mayflyd(["mfa", "new-key", world.directory + "/mfa.key"])
        #expect(made.status == 0, "\(made)")
        try world.configure([
            (
                "access:\n",
                """
                mfa: { key_file: \(world.directory)/mfa.key }
                access:
                  - name: reading
                    who: [ "user:nobody", "user:\(world.me)" ]
                    profiles: [ orders-read ]
                    max_ttl: 2h
                    requires: { mfa: required }
                  - name: ddl
                    who: [ "user:nobody" ]
                    profiles: [ orders-ddl ]
                    outcome: approval
                    approval: { steps: [ { name: owner, approvers: [ "user:games" ], mfa: true } ] }

                """
            )
        ])
        return world
    }

    private func enrolled(_ user: String, _ world: World) async throws -> App {
        let reply = try await world.mayfly(["mfa", "enroll", "--show", "--json"], user: user)
        guard reply.status == 0 else { throw WorldFailure("not enrolled: \(reply)") }
        let app = App(try MayflyJSON.decoder().decode(MFASecret.self, from: Data(reply.output.utf8)).secret)
        let confirmed = try await world.mayfly(["mfa", "confirm", try await app.code()], user: user)
        #expect(confirmed.status == 0, "\(confirmed)")
        return app
    }

    private func read(_ world: World, _ more: [String] = [], user: String = "nobody") async throws
        -> Program.Outcome
    {
        try await world.mayfly(["request", "orders-read", "--json"] + more, user: user)
    }

    private func expect(_ outcome: Program.Outcome, _ status: Int32, _ text: String) {
        #expect(outcome.status == status, "\(outcome)")
        #expect(outcome.errors.contains(text), "\(outcome)")
    }

    @Test(
        "A code opens what takes one, once: not again, not from two at once, not after the daemon was killed")
    func requester() async throws {
        let world = try await world()
        var daemon = try await world.startDaemon()
        expect(try await read(world), 77, "mayfly mfa enroll")
        expect(try await read(world, ["--code", "123456"]), 77, "you have no second factor")
        expect(try await world.mayfly(["mfa", "enroll"], user: "nobody"), 64, "--show")
        let app = try await enrolled("nobody", world)
        expect(try await world.mayfly(["mfa", "enroll", "--show"], user: "nobody"), 73, "mayfly mfa reset")
        #expect(try await world.mayfly(["whoami"], user: "nobody").output.contains("mfa     active"))
        let explained = try await world.mayfly(["explain", "orders-read"], user: "nobody")
        #expect(explained.output.contains("there is a second factor"), "\(explained)")

        let code = try await app.code()
        async let one = read(world, ["--code", code])
        async let other = read(world, ["--code", code])
        let both = try await [one, other]
        #expect(both.map(\.status).sorted() == [0, 77], "\(both)")
        expect(try #require(both.first { $0.status == 77 }), 77, "was used already")
        #expect(try await world.roles().count == 1)

        daemon.signal(SIGKILL)
        _ = try await daemon.outcome()
        daemon = try await world.startDaemon()
        expect(try await read(world, ["--code", code]), 77, "was used already")
        #expect(try await world.roles().count == 1)
        // By the variable, too.
        let variable = try await Program.run(
            "mayfly", ["request", "orders-read", "--json"],
            environment: ["MAYFLY_SOCKET": world.socket, "MAYFLY_CODE": try await app.code()], user: "nobody")
        #expect(variable.status == 0, "\(variable)")
        #expect(try await world.roles().count == 2)
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
        try expectNothing(of: app.secret, in: world)
    }

    /// The secret is in no file of the state, in none of the forms that it has, nor in the daemon's log.
    private func expectNothing(of secret: String, in world: World) throws {
        let bytes = Self.decoded(secret)
        let hex = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let forms = [
            bytes, Array(secret.utf8), Array(secret.lowercased().utf8), Array(hex.utf8),
            Array(hex.uppercased().utf8),
        ]
        let files = try FileManager.default.contentsOfDirectory(atPath: world.directory)
            .filter { $0.hasPrefix("mayfly.db") }
        #expect(files.contains("mayfly.db"))
        for file in files {
            let data = [UInt8](try Data(contentsOf: URL(filePath: world.directory + "/" + file)))
            for form in forms { #expect(data.firstRange(of: form) == nil, "\(file)") }
        }
    }

    @Test(
        "An approver proves theirs; five wrong codes lock it, also after a restart, until an administrator resets it"
    )
    func approver() async throws {
        let world = try await world()
        var daemon = try await world.startDaemon()
        let asked = try await world.mayfly(["request", "orders-ddl", "--no-wait", "--json"], user: "nobody")
        let id = try MayflyJSON.decoder().decode(RequestReply.self, from: Data(asked.output.utf8)).request.id
        let approve = { (more: [String]) in try await world.mayfly(["approve", id] + more, user: "games") }
        expect(try await approve([]), 77, "takes a second factor")
        let app = try await enrolled("games", world)
        expect(try await approve([]), 77, "takes a second factor")
        for _ in 0..<4 { expect(try await approve(["--code", try app.wrong()]), 77, "the code is wrong") }
        expect(try await approve(["--code", try app.wrong()]), 77, "too many wrong codes")
        expect(try await approve(["--code", try await app.code()]), 77, "too many wrong codes")
        try await world.stop(daemon)
        daemon = try await world.startDaemon()
        expect(try await approve(["--code", try await app.code()]), 77, "too many wrong codes")
        let status = try await world.mayfly(["mfa"], user: "games")
        #expect(status.output.contains("locked until"), "\(status)")

        let reset = ["mfa", "reset", "games", "--reason", "seen in person"]
        for user in ["games", "nobody", "daemon"] {
            expect(try await world.mayfly(reset, user: user), 77, "administrators")
        }
        expect(
            try await world.mayfly(["mfa", "reset", "uid:0", "--reason", "mine"]), 77,
            "nobody resets their own")
        expect(try await world.mayfly(["mfa", "reset", "no-such-user", "--reason", "x"]), 66, "is nobody")
        #expect(try await world.mayfly(reset).status == 0)
        let again = try await enrolled("games", world)
        let approved = try await approve(["--code", try await again.code()])
        #expect(approved.status == 0, "\(approved)")
        let audit = try await world.mayfly(["audit", "--json"])
        for action in [
            "mfa.enrolled", "mfa.confirmed", "mfa.refused", "mfa.locked", "mfa.reset", "mfa.accepted",
        ] {
            #expect(audit.output.contains("\"\(action)\""), "\(action)")
        }
        #expect(audit.output.contains("seen in person"))
        try await world.stop(daemon)
        #expect(try await world.brokenAuditRecord() == nil)
    }

    @Test("A state beside another key file takes no code, and says why; with its own all is as before")
    func otherKey() async throws {
        let world = try await world()
        var daemon = try await world.startDaemon()
        let app = try await enrolled("nobody", world)
        try await world.stop(daemon)
        let (key, kept) = (world.directory + "/mfa.key", world.directory + "/kept.key")
        try FileManager.default.moveItem(atPath: key, toPath: kept)
        let missing = try await world.mayflyd(["check", "--config", world.configurationPath])
        expect(missing, 78, "mfa.key_file: there is no file")
        _ = try await world.mayflyd(["mfa", "new-key", key])
        daemon = try await world.startDaemon()
        let log = try daemon.errors()
        #expect(log.contains("is not the one that they were sealed with"), "\(log)")
        let code = try await app.code()
        expect(try await read(world, ["--code", code]), 70, "sealed with another key")
        #expect(try await world.roles().isEmpty)
        // The old key comes back with a reload.
        try FileManager.default.removeItem(atPath: key)
        try FileManager.default.moveItem(atPath: kept, toPath: key)
        daemon.signal(SIGHUP)
        try await eventually("the key is read again") {
            try await read(world, ["--code", code]).status == 0
        }
        try await world.stop(daemon)
    }

    @Test("On a terminal the QR code is shown and the first code asked for; so is a code that a rule demands")
    func terminal() async throws {
        let world = try await world()
        let daemon = try await world.startDaemon()
        let binary = try BuiltBinary.path("mayfly")
        let environment = ["MAYFLY_SOCKET": world.socket, "LC_ALL": "C.UTF-8"]
        let enrolling = try Terminal(
            ["bash", "-c", "\(binary) mfa enroll; echo status-$?"],
            environment: environment.merging(["TERM": "xterm"]) { $1 })
        defer { enrolling.goAway() }
        try await enrolling.shows("first code that the app shows")
        #expect(enrolling.screen.contains("▀"))
        #expect(enrolling.screen.contains("\u{1B}[38;5;231;48;5;16m"))
        let secret = try #require(enrolling.screen.split(separator: "?secret=").last?.prefix(32))
        let app = App(String(secret))
        enrolling.type("12\n")
        try await enrolling.shows("a code has six digits")
        enrolling.type("\(try app.wrong())\n")
        try await enrolling.shows("the code is wrong")
        let first = try await app.code()
        enrolling.type("\(first.prefix(3)) \(first.suffix(3))\n")
        try await enrolling.shows("your second factor is set up")
        try await enrolling.shows("status-0")

        let exec =
            "\(binary) exec orders-read -- psql -XAtc 'SELECT 40 + count(*) FROM orders'; echo status-$?"
        let interrupted = try Terminal(["bash", "-ic", exec], environment: environment)
        defer { interrupted.goAway() }
        try await interrupted.shows("code of your second factor")
        interrupted.type("\u{3}")
        // By the signal, as a shell shows it; bash then ends its list of commands.
        try await eventually("it has ended") { !interrupted.screen.contains("42") && world.isQuiet(binary) }
        #expect(try await world.roles().isEmpty)

        let asking = try Terminal(["bash", "-c", exec], environment: environment)
        defer { asking.goAway() }
        try await asking.shows("code of your second factor")
        asking.type("\(try app.wrong())\n")
        try await asking.shows("the code is wrong")
        asking.type("\(try await app.code())\n")
        try await asking.shows("42\r\n")
        try await asking.shows("status-0")
        try await world.stop(daemon)
    }
}

extension World {
    /// Whether no process of that program talks to this world's socket.
    fileprivate func isQuiet(_ binary: String) -> Bool {
        let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return !processes.contains { pid in
            let command = (try? Data(contentsOf: URL(filePath: "/proc/\(pid)/cmdline"))) ?? Data()
            let environment = (try? Data(contentsOf: URL(filePath: "/proc/\(pid)/environ"))) ?? Data()
            return command.starts(with: Data(binary.utf8))
                && environment.firstRange(of: Data(socket.utf8)) != nil
        }
    }
}
