import Foundation
import Testing

/// A file system of a few MiB, for tests that fill it.
package enum SmallDisk {
    /// Whether this process may mount one; tried once.
    package static let isPossible: Bool = {
        guard geteuid() == 0 else { return false }
        let directory = NSTemporaryDirectory() + "/mayfly-mount-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }  // an empty directory stays behind
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
            try mount(["-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs", directory])
            try run("/bin/umount", [directory])
            return true
        } catch { return false }
    }()

    package static func with(megabytes: Int, _ body: (String) async throws -> Void) async throws {
        let scratch = NSTemporaryDirectory() + "/mayfly-disk-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: scratch, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
        let directory = scratch + "/disk"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        try mount(["-t", "tmpfs", "-o", "size=\(megabytes)m,mode=700", "tmpfs", directory])
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body(directory)) } catch { outcome = .failure(error) }
        try run("/bin/umount", ["--lazy", directory])
        try FileManager.default.removeItem(atPath: scratch)
        try outcome.get()
    }

    /// Takes every free byte.
    package static func fill(_ directory: String) throws {
        let file = open(directory + "/filler", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        try #require(file >= 0)
        defer { close(file) }
        for size in [65_536, 4096, 1] {
            let block = [UInt8](repeating: 1, count: size)
            while write(file, block, size) > 0 {}
            #expect(errno == ENOSPC)
        }
    }

    package static func clear(_ directory: String) throws {
        try FileManager.default.removeItem(atPath: directory + "/filler")
    }

    package static func remount(_ directory: String, readOnly: Bool) throws {
        try mount(["-o", "remount,\(readOnly ? "ro" : "rw")", directory])
    }

    private static func mount(_ arguments: [String]) throws { try run("/bin/mount", arguments) }

    private static func run(_ command: String, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: command)
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        struct Failed: Error {}
        guard process.terminationStatus == 0 else { throw Failed() }
    }
}
