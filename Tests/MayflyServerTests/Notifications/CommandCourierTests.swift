import Foundation
import Glibc
import MayflyAPI
import MayflyCore
import MayflyServer
import MayflyTesting
import Testing

/// Against real programs.
@Suite struct CommandCourierTests {
    private static let message = NotificationMessage(
        version: 1, id: "test.7.0123456789ab.issued", event: .issued,
        at: Date(timeIntervalSince1970: 1_785_412_800),
        installation: "test", actor: AuditActor(user: "alice", uid: 1001), summary: "alice has access.",
        recipients: ["user:alice"], details: ["long": String(repeating: "x", count: 200_000)])

    private func deliver(_ script: String, _ arguments: [String] = [], timeout: Int = 20) async
        -> DeliveryFailure?
    {
        let courier = CommandCourier(
            ["/bin/sh", "-c", script, "sh"] + arguments, timeout: timeout, timekeeper: .system(),
            check: { _ in })
        do { try await courier.deliver(Self.message) } catch { return error }
        return nil
    }

    private func scratch() throws -> String {
        let path = FileManager.default.temporaryDirectory.appending(path: "mayfly-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        return path
    }

    @Test("It reads the whole JSON on its standard input, in a clean environment, with nothing of ours open")
    func input() async throws {
        let directory = try scratch()
        setenv("MAYFLY_TEST_SECRET", "hunter2", 1)
        let script = "cat >\"$1/body\"; env >\"$1/env\"; ls /proc/self/fd >\"$1/open\"; pwd >\"$1/pwd\""
        #expect(await deliver(script, [directory]) == nil)
        func read(_ name: String) throws -> String {
            try String(contentsOfFile: directory + "/" + name, encoding: .utf8)
        }
        let body = Data(try read("body").utf8)
        #expect(try MayflyJSON.decoder().decode(NotificationMessage.self, from: body) == Self.message)
        #expect(body.last == 0x0A)
        let environment = Set(try read("env").split(separator: "\n").map { $0.prefix { $0 != "=" } })
        #expect(
            environment.isSubset(of: [
                "PATH", "LANG", "MAYFLY_EVENT", "MAYFLY_DELIVERY", "PWD", "_", "SHLVL", "OLDPWD",
            ]))
        #expect(try read("env").contains("MAYFLY_DELIVERY=test.7.0123456789ab.issued\n"))
        // 0 to 2, and the directory that ls reads.
        #expect(try read("open").split(separator: "\n").count <= 4)
        #expect(try read("pwd") == "/\n")
        try FileManager.default.removeItem(atPath: directory)
    }

    @Test("Its exit status is the answer")
    func status() async {
        #expect(await deliver("exit 0") == nil)
        #expect(await deliver("exit 1") == .exited(1))
        #expect(await deliver("kill -TERM $$") == .signalled(SIGTERM))
    }

    @Test("A program that reads nothing does not hold us up, however long the message is")
    func ignoresInput() async {
        #expect(await deliver("exec 0<&-; exit 0") == nil)
    }

    @Test("A program that hangs is killed with all that it started in its group")
    func hang() async throws {
        let directory = try scratch()
        let script =
            "trap '' TERM HUP INT; sleep 600 & echo $! >\"$1/child\"; echo $$ >\"$1/self\"; wait; sleep 600"
        let elapsed = await ContinuousClock().measure {
            #expect(await deliver(script, [directory], timeout: 6) == .timedOut)
        }
        #expect(elapsed < .seconds(60))
        for name in ["self", "child"] {
            let text = try String(contentsOfFile: "\(directory)/\(name)", encoding: .utf8)
            let pid = try #require(pid_t(text.dropLast()))
            try await eventually("\(name) is gone") { Self.isGone(pid) }
        }
        try FileManager.default.removeItem(atPath: directory)
    }

    /// Gone, or dead and not yet waited for by init.
    private static func isGone(_ pid: pid_t) -> Bool {
        guard let status = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else {
            return true
        }
        return status.contains(") Z ")
    }

    @Test("A program that leaves something behind that holds its output is done when it is done")
    func forks() async {
        let elapsed = await ContinuousClock().measure {
            #expect(await deliver("sleep 120 & exit 0", timeout: 110) == nil)
        }
        #expect(elapsed < .seconds(60))
    }

    @Test("It is killed when the daemon stops")
    func cancelled() async throws {
        let directory = try scratch()
        let task = Task { await deliver("echo $$ >\"$1/self\"; exec sleep 600", [directory], timeout: 60) }
        let path = "\(directory)/self"
        try await eventually("it runs") {
            (try? String(contentsOfFile: path, encoding: .utf8))?.hasSuffix("\n") == true
        }
        task.cancel()
        #expect(await task.value == .cancelled)
        let pid = try #require(pid_t(try String(contentsOfFile: path, encoding: .utf8).dropLast()))
        #expect(Self.isGone(pid))
        try FileManager.default.removeItem(atPath: directory)
    }

    @Test("A program that is not there, and one that is none")
    func notStarted() async {
        for (path, number) in [("/nonexistent/program", ENOENT), ("/etc/passwd", EACCES)] {
            let courier = CommandCourier([path], timeout: 5, timekeeper: .system(), check: { _ in })
            await #expect(throws: DeliveryFailure.notStarted(number)) {
                try await courier.deliver(Self.message)
            }
        }
    }
}
