import Foundation
import Glibc
import MayflyTesting
import Testing

/// The real daemon as a process: what it tells its manager, what it writes, what others can see of it.
struct ProcessTests {
    @Test("The service manager is told: ready when callers can connect, reloading and ready again, stopping")
    func notify() async throws {
        let world = try await World.make()
        let manager = try NotifySocket(world.directory + "/notify")
        let daemon = try Program(
            "mayflyd", ["--config", world.configurationPath], environment: ["NOTIFY_SOCKET": manager.path])
        #expect(try await manager.next()?.contains("READY=1") == true)
        // At this very moment.
        #expect(try await world.mayfly(["whoami"]).status == 0)
        daemon.signal(SIGHUP)
        let reloading = try await manager.next()
        #expect(reloading?.contains("RELOADING=1") == true && reloading?.contains("MONOTONIC_USEC=") == true)
        #expect(try await manager.next()?.contains("READY=1") == true)
        daemon.signal(SIGTERM)
        #expect(try await manager.next()?.contains("STOPPING=1") == true)
        #expect(try await daemon.outcome().status == 0)
    }

    @Test("Where stderr is no terminal, each line of the log is a JSON object")
    func jsonLog() async throws {
        let world = try await World.make()
        let daemon = try await world.startDaemon()
        _ = try await world.request(["orders-read", "--reason", "a \"quoted\" \\ reason"])
        try await world.stop(daemon)
        let lines = try daemon.errors().split(separator: "\n")
        #expect(lines.count >= 4)
        for line in lines {
            let fields = try #require(
                try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String], "\(line)")
            #expect(Set(fields.keys).isSuperset(of: ["at", "level", "message"]))
        }
        #expect(lines.contains { $0.contains("\"started\"") })
    }

    @Test("A log that cannot be written is not the daemon's end")
    func logBroken() async throws {
        let world = try await World.make()
        let (reader, writer) = try Self.pipe()
        chmod(world.directory, 0o755)
        let null = open("/dev/null", O_RDONLY | O_CLOEXEC)
        let daemon = try TestCommand.spawn(
            [try BuiltBinary.path("mayflyd"), "--config", world.configurationPath],
            input: null, output: writer)
        defer {
            kill(daemon, SIGKILL)
            waitpid(daemon, nil, 0)
        }
        close(null)
        close(writer)
        try await eventually("it answers") { try await world.mayfly(["whoami"]).status == 0 }
        close(reader)
        for _ in 0..<3 { #expect(try await world.mayfly(["whoami"]).status == 0) }
        kill(daemon, SIGTERM)
    }

    private static func pipe() throws -> (Int32, Int32) {
        var ends: [Int32] = [-1, -1]
        guard Glibc.pipe(&ends) == 0 else { throw TestServerError.system("pipe", errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    @Test("Nobody but root can look into the process, and it leaves no core")
    func notDumpable() async throws {
        let world = try await World.make()
        let user = getuid() == 0 ? "nobody" : nil
        if user != nil, let entry = getpwnam("nobody") {
            for path in ["", "/mayfly.yaml", "/orders.password"] {
                #expect(chown(world.directory + path, entry.pointee.pw_uid, entry.pointee.pw_gid) == 0)
            }
        }
        let started = try Program("mayflyd", ["--config", world.configurationPath], user: user)
        try await eventually("the daemon answers: \(try started.errors())") {
            try await world.mayfly(["whoami"]).status == 0
        }
        let pid = user == nil ? started.pid : try #require(Self.child(of: started.pid))
        var status = stat()
        // proc(5): the files of a process whose dumpable attribute is 0 belong to root, whoever it runs as.
        #expect(stat("/proc/\(pid)/environ", &status) == 0)
        #expect(status.st_uid == 0)
        let identity = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        #expect(!identity.contains("Uid:\t0\t"))
        let limits = try String(contentsOfFile: "/proc/\(pid)/limits", encoding: .utf8)
        let core = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max core file size") })
        #expect(core.split(separator: " ").suffix(3).prefix(2) == ["0", "0"], "\(core)")
        kill(pid, SIGTERM)
        _ = try await started.outcome()
    }

    private static func child(of parent: pid_t) -> pid_t? {
        let text = try? String(contentsOfFile: "/proc/\(parent)/task/\(parent)/children", encoding: .utf8)
        return text?.split(separator: " ").first.flatMap { pid_t($0) }
    }

    @Test("The socket is never open to others for a moment")
    func neverOpen() async throws {
        let world = try await World.make()
        try world.configure([(#"mode: "0666""#, #"mode: "0600""#)])
        let place = world.directory + "/sockets"
        #expect(mkdir(place, 0o755) == 0)
        let socket = place + "/m.sock"
        try world.configure([(world.socket, socket)])
        let daemon = try Program("mayflyd", ["--config", world.configurationPath])
        var looks = 0
        var modes: Set<mode_t> = []
        let deadline = ContinuousClock.now + .seconds(60)
        // As fast as can be, from before it is there until callers are served.
        while ContinuousClock.now < deadline, modes.isEmpty || looks < 200_000 {
            var status = stat()
            if lstat(socket, &status) == 0 { modes.insert(status.st_mode & 0o7777) }
            for name in modes.isEmpty ? try FileManager.default.contentsOfDirectory(atPath: place) : [] {
                var inside = stat()
                guard lstat("\(place)/\(name)", &inside) == 0, name != "m.sock" else { continue }
                let allowed: mode_t = inside.st_mode & S_IFMT == S_IFDIR ? 0o700 : 0o600
                #expect(inside.st_mode & 0o777 == allowed, "\(name)")
            }
            looks += 1
        }
        #expect(modes == [0o600])
        daemon.signal(SIGTERM)
        #expect(try await daemon.outcome().status == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: place) == ["m.sock.lock"])
    }
}
