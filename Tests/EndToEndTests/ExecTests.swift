import Foundation
import Glibc
import MayflyAPI
import MayflyTesting
import Testing

/// `mayfly exec`, with the real daemon and server.
@Suite(.serialized) struct ExecTests {
    /// A world with its daemon, and a runtime directory of the test's own.
    struct Scene {
        let world: World
        let daemon: Program
        var environment: [String: String]

        init() async throws {
            world = try await World.make()
            daemon = try await world.startDaemon()
            environment = ["MAYFLY_SOCKET": world.socket, "MAYFLY_RUNTIME_DIR": world.directory]
        }

        func start(_ arguments: [String], _ more: [String: String] = [:]) throws -> Program {
            try Program(
                "mayfly", ["exec", "orders-read"] + arguments, environment: environment.merging(more) { $1 })
        }

        func run(_ arguments: [String], _ more: [String: String] = [:]) async throws -> Program.Outcome {
            try await start(arguments, more).outcome()
        }

        /// Nothing is left: no role in the server, no file in the runtime directory.
        func expectNothingLeft() async throws {
            try await eventually("the role is gone") { try await world.roles().isEmpty }
            let files = "\(world.directory)/mayfly"
            guard FileManager.default.fileExists(atPath: files) else { return }
            try await eventually("the files are gone") {
                try FileManager.default.contentsOfDirectory(atPath: files).isEmpty
            }
        }
    }

    @Test("A command gets the credential, keeps its status, and leaves nothing behind")
    func story() async throws {
        let scene = try await Scene()
        let outcome = try await scene.run(
            [
                "--reason", "a test", "--", "sh", "-c",
                "psql -XAtc 'SELECT count(*), current_user FROM orders'; echo $PGUSER; exit 7",
            ])
        #expect(outcome.status == 7, "\(outcome)")
        let lines = outcome.output.split(separator: "\n")
        #expect(
            lines.count == 2 && lines[0] == "2|\(lines[1])" && lines[1].hasPrefix("mf_e2e_"), "\(outcome)")
        try await scene.expectNothingLeft()
        let lease = try #require(try await scene.world.leases().first)
        #expect(lease.endReason == .revoked && lease.tethered)
    }

    @Test(
        "Every way that programs are told of a database leads to the lease's",
        arguments: [
            "psql -XAtc 'SELECT count(*) FROM orders' \"$DATABASE_URL\"",
            "unset PGPASSWORD; psql -XAtc 'SELECT count(*) FROM orders'",
            "unset PGPASSFILE; psql -XAtc 'SELECT count(*) FROM orders'",
        ])
    func ways(script: String) async throws {
        let scene = try await Scene()
        let outcome = try await scene.run(["--", "sh", "-c", script])
        #expect(outcome.status == 0 && outcome.output == "2\n", "\(outcome)")
    }

    @Test("Settings that were there before do not lead the command elsewhere")
    func staleSettings() async throws {
        let scene = try await Scene()
        let home = scene.world.directory
        try Data("*:*:*:*:wrong\n".utf8).write(to: URL(filePath: "\(home)/.pgpass"))
        chmod("\(home)/.pgpass", 0o600)
        try Data("[other]\nhost=203.0.113.1\n".utf8).write(to: URL(filePath: "\(home)/.pg_service.conf"))
        let stale = [
            "HOME": home, "PGSERVICE": "other", "PGSERVICEFILE": "/nonexistent", "PGHOST": "203.0.113.1",
            "PGHOSTADDR": "203.0.113.1", "PGPORT": "1", "PGUSER": "postgres", "PGDATABASE": "postgres",
            "PGPASSWORD": "wrong", "PGPASSFILE": "\(home)/.pgpass", "PGSSLMODE": "verify-full",
            "PGSSLROOTCERT": "/nonexistent", "PGOPTIONS": "-c search_path=nowhere", "PGREQUIREAUTH": "none",
            "PGCHANNELBINDING": "require", "PGTARGETSESSIONATTRS": "read-only",
            "DATABASE_URL": "postgresql://203.0.113.1/", "MYSQL_PWD": "kept", "PGAPPNAME": "kept",
        ]
        let script = "psql -XAtc 'SELECT count(*) FROM orders'; echo $MYSQL_PWD $PGAPPNAME ${PGHOSTADDR-none}"
        for options in [[], ["--files-only"]] {
            let outcome = try await scene.run(options + ["--", "sh", "-c", script], stale)
            #expect(outcome.status == 0 && outcome.output == "2\nkept kept none\n", "\(outcome)")
        }
        let connected = try await Program(
            "mayfly", ["connect", "orders-read", "--", "-XAtc", "SELECT count(*) FROM orders"],
            environment: scene.environment.merging(stale) { $1 }
        ).outcome()
        #expect(connected.status == 0 && connected.output == "2\n", "\(connected)")
    }

    @Test("With --files-only, and in connect, the password stands in no variable")
    func filesOnly() async throws {
        let scene = try await Scene()
        let script =
            "secret=$(cut -d: -f5 $PGPASSFILE); stat -c %a $PGPASSFILE $(dirname $PGPASSFILE); env | grep -c -F \"$secret\""
        let outcome = try await scene.run(["--files-only", "--", "sh", "-c", script])
        #expect(outcome.output == "600\n700\n0\n", "\(outcome)")
    }

    @Test(
        "A command that cannot be run costs no lease",
        arguments: [("no-such-command", 127), ("/nonexistent/x", 127), ("/etc/passwd", 126), ("/etc", 126)])
    func noCommand(command: String, status: Int32) async throws {
        let scene = try await Scene()
        let outcome = try await scene.run(["--", command])
        #expect(outcome.status == status && outcome.errors.contains("nothing was asked for"), "\(outcome)")
        #expect(try await scene.world.leases().isEmpty)
    }

    @Test("Without a usable runtime directory nothing is asked for", arguments: ["/proc", "/nonexistent"])
    func noDirectory(path: String) async throws {
        let scene = try await Scene()
        let outcome = try await scene.run(["--", "true"], ["MAYFLY_RUNTIME_DIR": path])
        #expect(outcome.status == 70 && outcome.errors.contains("MAYFLY_RUNTIME_DIR"), "\(outcome)")
        #expect(try await scene.world.leases().isEmpty)
    }

    @Test("Without psql, connect names the package and asks for nothing")
    func noClient() async throws {
        let scene = try await Scene()
        let outcome = try await Program(
            "mayfly", ["connect", "orders-read"],
            environment: scene.environment.merging(["PATH": "/nonexistent"]) { $1 }
        ).outcome()
        #expect(outcome.status == 127 && outcome.errors.contains("install postgresql-client"), "\(outcome)")
        #expect(try await scene.world.leases().isEmpty)
    }

    @Test(
        "A signal to mayfly reaches the command, and how it ended is how mayfly ends",
        arguments: [SIGTERM, SIGINT, SIGHUP, SIGUSR1])
    func signals(number: Int32) async throws {
        let scene = try await Scene()
        let program = try scene.start(["--", "sh", "-c", "echo ready; exec sleep 60"])
        try await eventually("it runs") { try program.output().contains("ready") }
        program.signal(number)
        let outcome = try await program.outcome()
        #expect(outcome.status == -number, "\(outcome)")
        try await scene.expectNothingLeft()
    }

    @Test("A command that handles a signal ends as it wants")
    func handlesSignal() async throws {
        let scene = try await Scene()
        let program = try scene.start([
            "--", "sh", "-c", "trap 'exit 9' TERM; echo ready; while :; do sleep 0.05; done",
        ])
        try await eventually("it runs") { try program.output().contains("ready") }
        program.signal(SIGTERM)
        #expect(try await program.outcome().status == 9)
    }

    @Test("A command that ignores SIGTERM goes on; SIGKILL to mayfly takes its access at once")
    func ignoresTerm() async throws {
        let scene = try await Scene()
        let script = "trap '' TERM; echo ready $$; while :; do sleep 0.05; done"
        let program = try scene.start(["--", "sh", "-c", script])
        try await eventually("it runs") { try program.output().contains("ready") }
        let child = try #require(
            pid_t(try program.output().split(separator: " ")[1].trimmingCharacters(in: .newlines)))
        defer { kill(child, SIGKILL) }
        program.signal(SIGTERM)
        #expect(try await scene.world.roles().count == 1)
        program.signal(SIGKILL)
        _ = try await program.outcome()
        #expect(kill(child, 0) == 0)
        try await eventually("the role is gone") {
            try await scene.world.roles().isEmpty
        }
        #expect(try await scene.world.leases().first?.endReason == .tetherLost)
        // The killed one could not clear up; the next one does.
        _ = try await scene.run(["--", "true"])
        try await scene.expectNothingLeft()
    }

    @Test(
        "What a command leaves in the background is not waited for, and has no access",
        arguments: [[], ["--mask"]])
    func doubleFork(options: [String]) async throws {
        let scene = try await Scene()
        let started = ContinuousClock.now
        let outcome = try await scene.run(options + ["--", "sh", "-c", "setsid sleep 120 & echo $!; exit 4"])
        let left = try #require(pid_t(outcome.output.trimmingCharacters(in: .newlines)))
        defer { kill(left, SIGKILL) }
        #expect(outcome.status == 4 && ContinuousClock.now - started < .seconds(90), "\(outcome)")
        try await scene.expectNothingLeft()
    }

    @Test("A lease is renewed while the command runs")
    func renewed() async throws {
        let scene = try await Scene()
        let outcome = try await scene.run(
            ["--ttl", "6s", "--", "sh", "-c", "sleep 10; psql -XAtc 'SELECT count(*) FROM orders'"])
        #expect(outcome.status == 0 && outcome.output == "2\n" && outcome.errors.isEmpty, "\(outcome)")
    }

    @Test(
        "A command that outlives its lease is told, and with --kill-at-expiry ended",
        arguments: [false, true])
    func outlives(kills: Bool) async throws {
        let scene = try await Scene()
        let script = "echo ready; for i in $(seq 200); do sleep 0.1; done; exit 5"
        let program = try scene.start((kills ? ["--kill-at-expiry"] : []) + ["--", "sh", "-c", script])
        try await eventually("it runs") { try program.output().contains("ready") }
        let lease = try #require(try await scene.world.leases().first)
        _ = try await scene.world.mayfly(["revoke", lease.id])
        let outcome = try await program.outcome()
        #expect(outcome.status == (kills ? -SIGTERM : 5), "\(outcome)")
        #expect(outcome.errors.contains("mayfly: warning: the lease has ended (revoked)"), "\(outcome)")
    }

    @Test(
        "A lease that its holder unties lives on by itself: it is not tied again, and its end is still told")
    func untied() async throws {
        let scene = try await Scene()
        let program = try scene.start(
            ["--", "sh", "-c", "echo ready; for i in $(seq 600); do sleep 0.1; done"])
        try await eventually("it runs") { try program.output().contains("ready") }
        let lease = try #require(try await scene.world.leases().first)
        let untied = try await HTTPRawConnection(scene.world.socket).call(
            "POST", "/v1/leases/\(lease.id)/untether")
        #expect(untied.status == 200)
        // Longer than it would take to tie it again, and to look once.
        try await eventually("the lease was looked at") {
            try await scene.world.leases().first?.tethered == false
        }
        _ = try await scene.world.mayfly(["revoke", lease.id])
        try await eventually("the end is told", within: .seconds(15)) {
            try program.errors().contains("the lease has ended (revoked)")
        }
        let tethered = try await scene.world.leases().first?.tethered
        #expect(tethered == false)
        program.signal(SIGTERM)
        _ = try await program.outcome()
    }

    @Test("A maximum ends the lease under a running command, which is warned before")
    func maximum() async throws {
        let scene = try await Scene()
        let path = scene.world.configurationPath
        let text = try String(contentsOf: URL(filePath: path), encoding: .utf8).replacing(
            "max_ttl: 1h", with: "max_ttl: 21s")
        try Data(text.utf8).write(to: URL(filePath: path))
        scene.daemon.signal(SIGHUP)
        try await eventually("the new rule is in force") {
            try await scene.world.mayfly(["profiles"]).output.contains("at most 21s")
        }
        let outcome = try await scene.run([
            "--ttl", "4s", "--", "sh", "-c", "sleep 23; psql -XAtc 'SELECT 1'",
        ])
        #expect(outcome.status == 2, "\(outcome)")
        #expect(outcome.errors.contains("and cannot be renewed beyond"), "\(outcome)")
        #expect(outcome.errors.contains("the lease has ended"), "\(outcome)")
    }

    @Test("A restart of the daemon does not take the command's access")
    func daemonRestarts() async throws {
        let scene = try await Scene()
        let script = "echo ready; read line; psql -XAtc 'SELECT count(*) FROM orders'"
        let fifo = "\(scene.world.directory)/fifo"
        mkfifo(fifo, 0o600)
        let program = try scene.start(["--", "sh", "-c", "exec <\(fifo); \(script)"])
        let writer = open(fifo, O_WRONLY)
        try await eventually("it runs") { try program.output().contains("ready") }
        try await scene.world.stop(scene.daemon)
        let again = try await scene.world.startDaemon()
        try await eventually("it is held again") {
            // The call stays open; the daemon logs it when it answered.
            try again.errors().contains("tether_lease")
        }
        close(writer)
        let outcome = try await program.outcome()
        #expect(outcome.status == 0 && outcome.output == "ready\n2\n", "\(outcome)")
        try await scene.expectNothingLeft()
        try await scene.world.stop(again)
    }

    @Test("With --mask the password does not come through, in neither stream")
    func masked() async throws {
        let scene = try await Scene()
        let script =
            #"echo "out $PGPASSWORD."; echo "err $DATABASE_URL" >&2; printf %s "$PGPASSWORD" | cut -c1-9; exit 3"#
        let outcome = try await scene.run(["--mask", "--", "sh", "-c", script])
        #expect(outcome.status == 3 && outcome.output.hasPrefix("out ***.\n"), "\(outcome)")
        #expect(outcome.errors.contains(":***@127.0.0.1"), "\(outcome)")
    }

    @Test("Interrupted while the daemon is asked, it takes back what it asked for")
    func interruptedEarly() async throws {
        let scene = try await Scene()
        scene.daemon.signal(SIGSTOP)
        let program = try scene.start(["--", "sleep", "60"])
        try await eventually("it has its directory") {
            let files = "\(scene.world.directory)/mayfly"
            guard FileManager.default.fileExists(atPath: files) else { return false }
            return try !FileManager.default.contentsOfDirectory(atPath: files).isEmpty
        }
        program.signal(SIGINT)
        scene.daemon.signal(SIGCONT)
        #expect(try await program.outcome().status == -SIGINT)
        try await scene.expectNothingLeft()
    }
}
