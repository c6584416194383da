import Foundation
import Glibc
import MayflyTesting
import Testing

/// `mayfly exec` and `connect` on a terminal: as if the command ran bare.
@Suite(.serialized) struct ExecTerminalTests {
    private func shell(_ scene: ExecTests.Scene) async throws -> Terminal {
        let path = "\(try BuiltBinary.directory):/usr/bin:/bin"
        let terminal = try Terminal(
            ["bash", "--norc", "--noprofile", "-i"],
            environment: scene.environment.merging(["PATH": path]) { $1 })
        try await terminal.shows("$ ")
        return terminal
    }

    @Test("Ctrl-C reaches the command once; mayfly ends as it ends")
    func interrupt() async throws {
        let scene = try await ExecTests.Scene()
        let terminal = try await shell(scene)
        defer { terminal.goAway() }
        let script =
            "trap \"echo got-it\" INT; echo rea\"\"dy; while :; do sleep 0.05; [ -e \(scene.world.directory)/go ] && exit 6; done"
        terminal.type("mayfly exec orders-read -- sh -c '\(script)'; echo status-$?\n")
        try await terminal.shows("ready\r\n")
        terminal.type("\u{3}")
        try await terminal.shows("got-it\r\n")
        try Data().write(to: URL(filePath: "\(scene.world.directory)/go"))
        try await terminal.shows("status-6")
        #expect(terminal.screen.components(separatedBy: "got-it\r\n").count == 2, "\(terminal.screen)")
        try await scene.expectNothingLeft()
    }

    @Test("Ctrl-Z stops the job, fg goes on with it, and its lease is alive")
    func jobControl() async throws {
        let scene = try await ExecTests.Scene()
        let terminal = try await shell(scene)
        defer { terminal.goAway() }
        terminal.type(
            "mayfly exec orders-read -- sh -c 'echo rea\"\"dy; sleep 1; psql -XAtc \"SELECT 40 + count(*) FROM orders\"'; echo status-$?\n"
        )
        try await terminal.shows("ready\r\n")
        terminal.type("\u{1A}")
        try await terminal.shows("Stopped")
        terminal.clear()
        terminal.type("jobs\n")
        try await terminal.shows("Stopped")
        #expect(try await scene.world.roles().count == 1)
        terminal.type("fg; echo again-$?\n")
        try await terminal.shows("42\r\n")
        try await terminal.shows("again-0")
        try await scene.expectNothingLeft()
    }

    @Test("A shell inside has job control of its own, and gives the terminal back")
    func innerShell() async throws {
        let scene = try await ExecTests.Scene()
        let terminal = try await shell(scene)
        defer { terminal.goAway() }
        terminal.type("mayfly exec orders-read -- bash --norc -i\n")
        terminal.type("echo inside-$PGUSER; sleep 100\n")
        try await terminal.shows("inside-mf_e2e_")
        terminal.type("\u{1A}")
        try await terminal.shows("Stopped")
        terminal.type("kill -9 %1; sleep 0.2\n")
        try await terminal.shows("Killed")
        terminal.type("exit 5\n")
        terminal.type("echo outside-$?\n")
        try await terminal.shows("outside-5")
        try await scene.expectNothingLeft()
    }

    @Test("When the terminal goes away, the command is told and the lease ends")
    func hangUp() async throws {
        let scene = try await ExecTests.Scene()
        let mayfly = try BuiltBinary.path("mayfly")
        let terminal = try Terminal(
            [mayfly, "exec", "orders-read", "--", "sh", "-c", "echo ready; while :; do sleep 0.05; done"],
            environment: scene.environment)
        try await terminal.shows("ready\r\n")
        #expect(try await scene.world.roles().count == 1)
        terminal.goAway()
        try await scene.expectNothingLeft()
    }
}
