import Foundation
import Glibc
import MayflyAPI
import Testing

@testable import mayfly

@Suite struct RunningTests {
    private func scratch() throws -> String {
        let path = NSTemporaryDirectory() + "mayfly-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    @Test func `a status word tells an exit, a signal and a stop`() {
        #expect(ChildProcess.change(of: 7 << 8) == .ended(.exited(7)))
        #expect(ChildProcess.change(of: SIGKILL) == .ended(.signalled(SIGKILL)))
        #expect(ChildProcess.change(of: SIGSEGV | 0x80) == .ended(.signalled(SIGSEGV)))
        #expect(ChildProcess.change(of: SIGTSTP << 8 | 0x7f) == .stopped(SIGTSTP))
    }

    @Test func `an environment keeps its bytes, loses what is stale and gains what is new`() {
        let own = ["PATH=/bin", "PGSERVICE=x", "PGHOST=old", "PGHOSTX=kept", "=odd", "NOVALUE"]
        let bytes = own.map { Array($0.utf8CString) } + [[66, 61, -1, -2, 0]]
        let made = ChildEnvironment.make(
            from: bytes, removing: ["PGSERVICE", "PGHOSTADDR"], adding: [("PGHOST", "new")])
        let text = made.map { String(decoding: $0.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self) }
        #expect(text == ["PATH=/bin", "PGHOSTX=kept", "=odd", "NOVALUE", "B=\u{FFFD}\u{FFFD}", "PGHOST=new"])
        #expect(made[4] == [66, 61, -1, -2, 0])
    }

    @Test func `programs are found as shells find them`() throws {
        let directory = try scratch()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try Data("#!/bin/sh\n".utf8).write(to: URL(filePath: directory + "/tool"))
        let missing = #expect(throws: CommandFailure.self) {
            try Program.find(["mayfly-nothing"], search: directory)
        }
        #expect(missing?.exit == .commandNotFound)
        let forbidden = #expect(throws: CommandFailure.self) { try Program.find(["tool"], search: directory) }
        #expect(forbidden?.exit == .commandNotExecutable)
        chmod(directory + "/tool", 0o755)
        #expect(
            try Program.find(["tool", "x"], search: "/nonexistent:\(directory)").path == directory + "/tool")
        #expect(try Program.find([directory + "/tool"]).path == directory + "/tool")
        #expect(throws: CommandFailure.self) { try Program.find([""]) }
    }

    @Test func `the runtime directory is private, and that of a killed mayfly is cleared by the next`() throws
    {
        let place = try scratch()
        defer { try? FileManager.default.removeItem(atPath: place) }
        let environment = ["MAYFLY_RUNTIME_DIR": place]
        let first = try RuntimeDirectory.make(environment: environment)
        let file = try first.write("pgpass", ["secret"])
        var entry = stat()
        #expect(stat(file, &entry) == 0 && entry.st_mode & 0o777 == 0o600)
        #expect(stat(first.path, &entry) == 0 && entry.st_mode & 0o777 == 0o700)
        // As one whose owner was killed: the files are there, and nobody holds the lock.
        let left = "\(place)/mayfly/run-killed"
        try FileManager.default.createDirectory(atPath: left, withIntermediateDirectories: true)
        try Data().write(to: URL(filePath: left + "/lock"))
        try Data("secret".utf8).write(to: URL(filePath: left + "/pgpass"))
        let second = try RuntimeDirectory.make(environment: environment)
        #expect(!FileManager.default.fileExists(atPath: left))
        #expect(FileManager.default.fileExists(atPath: file), "one that is in use stays")
        first.remove()
        second.remove()
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(place)/mayfly") == [])
    }

    @Test func `a directory that somebody else could have laid there is not used`() throws {
        let place = try scratch()
        defer { try? FileManager.default.removeItem(atPath: place) }
        let elsewhere = try scratch()
        defer { try? FileManager.default.removeItem(atPath: elsewhere) }
        symlink(elsewhere, "\(place)/mayfly")
        #expect(throws: CommandFailure.self) {
            try RuntimeDirectory.make(environment: ["MAYFLY_RUNTIME_DIR": place])
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: elsewhere) == [])
    }

    @Test func `whoever lays something in the way in a shared directory stops nobody`() throws {
        let place = try scratch()
        defer { try? FileManager.default.removeItem(atPath: place) }
        let elsewhere = try scratch()
        defer { try? FileManager.default.removeItem(atPath: elsewhere) }
        symlink(elsewhere, "\(place)/mayfly-\(getuid())")
        let directory = try RuntimeDirectory.make(environment: ["TMPDIR": place])
        let file = try directory.write("pgpass", ["secret"])
        #expect(file.hasPrefix("\(place)/mayfly-\(getuid())-"))
        var entry = stat()
        let parent = URL(filePath: directory.path).deletingLastPathComponent().path
        #expect(stat(parent, &entry) == 0 && entry.st_mode & 0o777 == 0o700)
        let other = try RuntimeDirectory.make(environment: ["TMPDIR": place])
        #expect(FileManager.default.fileExists(atPath: file), "one that is in use stays")
        directory.remove()
        other.remove()
        #expect(try FileManager.default.contentsOfDirectory(atPath: place) == ["mayfly-\(getuid())"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: elsewhere) == [])
    }

    @Test func `the best place is in memory, an explicit one is the only one`() {
        #expect(
            RuntimeDirectory.places(["MAYFLY_RUNTIME_DIR": "/x", "XDG_RUNTIME_DIR": "/y"]) == ["/x/mayfly"])
        #expect(
            RuntimeDirectory.places(["XDG_RUNTIME_DIR": "/y", "TMPDIR": "/z"]) == [
                "/y/mayfly", "/z/mayfly-\(getuid())",
            ])
        #expect(RuntimeDirectory.places(["XDG_RUNTIME_DIR": "relative"]) == ["/tmp/mayfly-\(getuid())"])
    }

    @Test func `clients of MariaDB are known by name, and left alone when they are told what to read`() {
        #expect(
            MySQLClient.reads("mysqldump") && MySQLClient.reads("/usr/bin/mariadb")
                && !MySQLClient.reads("psql"))
        #expect(
            MySQLClient.hasDefaults(["mysql", "--defaults-file=x"])
                && !MySQLClient.hasDefaults(["mysql", "-e", "x"]))
    }
}
