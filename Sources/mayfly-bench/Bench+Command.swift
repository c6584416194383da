import Glibc
import MayflyAPI

/// How long `mayfly whoami` takes from cold, and how much of it is the daemon's answer.
extension Bench {
    func command(_ daemon: DaemonProcess, into report: inout Report) async throws {
        say("the command's cold start")
        let (cold, answer) = try await onThread { [world] in
            var cold: [Double] = []
            var answer: [Double] = []
            for _ in 0..<50 {
                let start = ContinuousClock.now
                try Self.run(world.binaries + "/mayfly", ["whoami"], socket: daemon.socket)
                cold.append(start.duration(to: .now) / .milliseconds(1))
                let asked = ContinuousClock.now
                let reply = try LeanCaller(socket: daemon.socket).call(LeanCaller.get(.whoAmI))
                guard reply.status == 200 else { throw BenchFailure("whoami: \(reply.status)") }
                answer.append(asked.duration(to: .now) / .milliseconds(1))
            }
            return (Figures.median(cold), Figures.median(answer))
        }
        report.facts.append(.init(name: "mayfly whoami, from cold", value: cold, unit: "ms"))
        report.facts.append(.init(name: "the daemon's answer to it", value: answer, unit: "ms"))
    }

    /// Runs a program to its end, with its output thrown away.
    private static func run(_ path: String, _ arguments: [String], socket: String) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        let words = Self.list([path] + arguments)
        let environment = Self.list(["MAYFLY_SOCKET=\(socket)", "PATH=/usr/bin:/bin"])
        defer { for word in words + environment { free(word) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, path, &actions, nil, words, environment)
        guard code == 0 else { throw BenchFailure(system: path, code) }
        var status: CInt = 0
        while waitpid(pid, &status, 0) == -1, errno == EINTR {}
        guard status == 0 else { throw BenchFailure("\(path): status \(status)") }
    }

    private static func list(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
        var list: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) }
        list.append(nil)
        return list
    }
}
