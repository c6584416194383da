import Foundation
import Glibc
import MayflyAPI
import MayflyCore
import MayflyTesting
import Testing

@testable import MayflyServer

@Suite struct HTTPSocketTests {
    private static func status(_ path: String) throws -> stat {
        var status = stat()
        try #require(lstat(path, &status) == 0)
        return status
    }

    @Test("The socket has the configured mode and group, and the directory keeps only it and its lock")
    func ownership() async throws {
        var gid = getgid()
        // A group of ours that is not the primary one, where there is one (root may give any).
        let other = try NameService.groupID(named: "daemon")
        let group = getuid() == 0 && other != nil ? "daemon" : nil
        if group != nil, let other { gid = other }
        try await HTTPTestServer.withDirectory { [gid] directory in
            let path = directory + "/m.sock"
            let listen = HTTPTestServer.listen(path, group: group, mode: 0o660)
            try await HTTPTestServer.run(on: SocketPath(listen)) { _ in
                let status = try Self.status(path)
                #expect(status.st_mode & S_IFMT == S_IFSOCK)
                #expect(status.st_mode & 0o7777 == 0o660)
                #expect(status.st_gid == gid)
                #expect(status.st_uid == getuid())
                let entries = try FileManager.default.contentsOfDirectory(atPath: directory)
                #expect(entries.sorted() == ["m.sock", "m.sock.lock"])
            }
            // Gone with the daemon; the lock's file stays.
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["m.sock.lock"])
        }
    }

    @Test("A second daemon is refused, and the first goes on serving")
    func second() async throws {
        try await HTTPTestServer.run { server in
            #expect(throws: SocketFailure.self) { try SocketPath(HTTPTestServer.listen(server.socket)) }
            let reply = try await server.call("GET", "/v1/whoami")
            #expect(reply.status == 200)
        }
    }

    @Test("A directory that others may write to is refused")
    func openDirectory() async throws {
        try await HTTPTestServer.withDirectory { directory in
            #expect(chmod(directory, 0o775) == 0)
            #expect(throws: SocketFailure.self) {
                try SocketPath(HTTPTestServer.listen(directory + "/m.sock"))
            }
            let left = try FileManager.default.contentsOfDirectory(atPath: directory)
            #expect(left.isEmpty)
            #expect(chmod(directory, 0o755) == 0)
            if getuid() == 0 {
                #expect(chown(directory, 1, 1) == 0)
                #expect(throws: SocketFailure.self) {
                    try SocketPath(HTTPTestServer.listen(directory + "/m.sock"))
                }
                #expect(chown(directory, 0, 0) == 0)
            }
        }
    }

    @Test("What daemons left that were killed before they listened is cleared away, and nothing else")
    func leftovers() async throws {
        try await HTTPTestServer.withDirectory { directory in
            func make(_ name: String, with file: String? = nil, old: Bool = true) throws {
                let path = "\(directory)/\(name)"
                #expect(mkdir(path, 0o700) == 0)
                if file == "s" { try Self.leaveSocket(at: path + "/s") }
                if file == "kept" { try Data().write(to: URL(filePath: path + "/kept")) }
                guard old else { return }
                let past = timespec(tv_sec: time(nil) - 3600, tv_nsec: 0)
                #expect(utimensat(AT_FDCWD, path, [past, past], 0) == 0)
            }
            try make(".m-aaaaaa", with: "s")
            try make(".m-bbbbbb")
            try make(".m-cccccc", with: "kept")
            try make(".m-dddddd", old: false)
            try make(".m-toolong")
            try make("other")
            let path = try SocketPath(HTTPTestServer.listen(directory + "/m.sock"))
            let left = Set(try FileManager.default.contentsOfDirectory(atPath: directory))
            #expect(left.isSuperset(of: [".m-cccccc", ".m-dddddd", ".m-toolong", "other"]))
            #expect(left.isDisjoint(with: [".m-aaaaaa", ".m-bbbbbb"]))
            path.withdraw()
        }
    }

    @Test("A socket that a dead daemon left is replaced")
    func stale() async throws {
        try await HTTPTestServer.withDirectory { directory in
            let path = directory + "/m.sock"
            try Self.leaveSocket(at: path)
            try await HTTPTestServer.run(on: SocketPath(HTTPTestServer.listen(path))) { server in
                let reply = try await server.call("GET", "/v1/whoami")
                #expect(reply.status == 200)
            }
        }
    }

    @Test("A file that is not a socket is refused and left as it is")
    func regularFile() async throws {
        try await HTTPTestServer.withDirectory { directory in
            let path = directory + "/m.sock"
            try Data("mine".utf8).write(to: URL(filePath: path))
            #expect(throws: SocketFailure.self) { try SocketPath(HTTPTestServer.listen(path)) }
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "mine")
        }
    }

    @Test("A link at the path is refused, wherever it leads")
    func link() async throws {
        try await HTTPTestServer.withDirectory { directory in
            let path = directory + "/m.sock"
            try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/nowhere")
            #expect(throws: SocketFailure.self) { try SocketPath(HTTPTestServer.listen(path)) }
        }
    }

    @Test("A group that does not exist, a path that is too long and a missing directory are errors")
    func badConfiguration() async throws {
        try await HTTPTestServer.withDirectory { directory in
            #expect(throws: SocketFailure.self) {
                try SocketPath(HTTPTestServer.listen(directory + "/m.sock", group: "no-such-group-here"))
            }
            #expect(throws: SocketFailure.self) {
                try SocketPath(
                    HTTPTestServer.listen(directory + "/" + String(repeating: "s", count: 100)))
            }
            #expect(throws: SocketFailure.self) {
                try SocketPath(HTTPTestServer.listen(directory + "/missing/m.sock"))
            }
            // Nothing is left of the attempts but locks.
            let left = try FileManager.default.contentsOfDirectory(atPath: directory)
            #expect(left.allSatisfy { $0.hasSuffix(".lock") })
        }
    }

    @Test("A lock is held by one, and free again when its holder is gone")
    func lock() async throws {
        try await HTTPTestServer.withDirectory { directory in
            let path = directory + "/state.lock"
            do {
                let held = try FileLock(path, holds: "the state")
                #expect(throws: SocketFailure.self) { try FileLock(path, holds: "the state") }
                withExtendedLifetime(held) {}
            }
            _ = try FileLock(path, holds: "the state")
        }
    }

    private static func leaveSocket(at path: String) throws {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        let bound = UnixAddress.with(path) { bind(descriptor, $0, $1) }
        try #require(bound == 0)
    }
}
