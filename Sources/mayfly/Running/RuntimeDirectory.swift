import Foundation
import Glibc
import MayflyAPI

/// A directory of our own for one command's files: mode 0700, gone with the command.
///
/// Lies in `MAYFLY_RUNTIME_DIR` if that is set, else in `XDG_RUNTIME_DIR` (which is in memory), else in `TMPDIR` or
/// `/tmp`: as `mayfly-UID`, or, where somebody else was there first to be in the way, under a name that nobody can
/// guess. Directories that a killed mayfly left are removed by the next one: nobody holds their lock any more.
struct RuntimeDirectory: Sendable {
    let path: String
    /// Held as long as we live: the kernel lets go of it whatever ends us.
    private let lock: Int32

    /// - Throws: `CommandFailure` that names each place and what was wrong with it.
    static func make(environment: [String: String] = ProcessInfo.processInfo.environment) throws
        -> RuntimeDirectory
    {
        var failures: [String] = []
        for place in places(environment) {
            do throws(SystemError) {
                try prepare(place)
                sweep(place)
                return try RuntimeDirectory(in: place)
            } catch {
                failures.append("\(place): \(error)")
            }
        }
        if let shared = shared(environment) {
            sweepUnguessable(shared)
            do throws(SystemError) {
                return try RuntimeDirectory(in: try temporary("\(shared)-XXXXXX"))
            } catch {
                failures.append("\(shared)-…: \(error)")
            }
        }
        throw CommandFailure(
            .internalError, "no directory for the command's files (\(failures.joined(separator: "; ")))",
            hint: "set MAYFLY_RUNTIME_DIR to a directory that you may write to; nothing was asked for")
    }

    /// Where it may lie, the best first.
    static func places(_ environment: [String: String]) -> [String] {
        func path(_ name: String) -> String? {
            // https://specifications.freedesktop.org/basedir-spec/latest/: a relative path is to be ignored.
            environment[name].flatMap { $0.hasPrefix("/") ? $0 : nil }
        }
        if let own = environment["MAYFLY_RUNTIME_DIR"], !own.isEmpty { return [own + "/mayfly"] }
        return [path("XDG_RUNTIME_DIR").map { $0 + "/mayfly" }].compactMap(\.self)
            + [shared(environment)].compactMap(\.self)
    }

    /// Where others may make directories too; nil when a place was named.
    private static func shared(_ environment: [String: String]) -> String? {
        guard environment["MAYFLY_RUNTIME_DIR"]?.isEmpty ?? true else { return nil }
        let temporary = environment["TMPDIR"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/tmp"
        return "\(temporary)/mayfly-\(getuid())"
    }

    /// Of mkdtemp(3): mode 0700, under a name that was free.
    private static func temporary(_ template: String) throws(SystemError) -> String {
        var name = Array(template.utf8CString)
        guard mkdtemp(&name) != nil else { throw SystemError(errno) }
        return String(decoding: name.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Those of ours that a killed mayfly left, with what is in them.
    private static func sweepUnguessable(_ shared: String) {
        let parent = URL(filePath: shared).deletingLastPathComponent().path
        for name in names(in: parent) where "\(parent)/\(name)".hasPrefix(shared + "-") {
            let place = "\(parent)/\(name)"
            var entry = stat()
            guard lstat(place, &entry) == 0, entry.st_mode & S_IFMT == S_IFDIR, entry.st_uid == geteuid()
            else { continue }
            sweep(place)
            if isOld(place) { rmdir(place) }  // refused while somebody uses it
        }
    }

    /// A directory that is ours, and nobody else's to look into. One that somebody else made there first is not used.
    private static func prepare(_ place: String) throws(SystemError) {
        guard mkdir(place, 0o700) == 0 || errno == EEXIST else { throw SystemError(errno) }
        var entry = stat()
        guard lstat(place, &entry) == 0 else { throw SystemError(errno) }
        guard entry.st_mode & S_IFMT == S_IFDIR else { throw SystemError(ENOTDIR) }
        guard entry.st_uid == geteuid() else { throw SystemError(EPERM) }
        if entry.st_mode & 0o077 != 0, chmod(place, 0o700) != 0 { throw SystemError(errno) }
    }

    private init(in place: String) throws(SystemError) {
        // Named so that nobody sweeps it only once its lock is held.
        let new = try Self.temporary("\(place)/new-XXXXXX")
        path = "\(place)/run-\(new.suffix(6))"
        lock = open("\(new)/lock", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        // What is in the way, if anything, is another's of that name: rename(2) fails, as it is not empty.
        guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0, rename(new, path) == 0 else {
            throw SystemError(errno)
        }
    }

    /// Writes a file that only we may read.
    func write(_ name: String, _ lines: [String]) throws -> String {
        let file = "\(path)/\(name)"
        let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure(file) }
        defer { close(descriptor) }
        guard Console.write(Array((lines.joined(separator: "\n") + "\n").utf8), to: descriptor) else {
            throw failure(file)
        }
        return file
    }

    private func failure(_ file: String) -> CommandFailure {
        CommandFailure(.internalError, "cannot write \(file): \(SystemError(errno))")
    }

    func remove() {
        Self.delete(path)
        close(lock)
        // The unguessable place was for us alone; any other has a name without a dash after the user's number.
        let place = URL(filePath: path).deletingLastPathComponent().path
        if place.firstRange(of: "/mayfly-\(getuid())-") != nil { rmdir(place) }
    }

    private static func sweep(_ place: String) {
        for name in names(in: place) where name.hasPrefix("run-") || name.hasPrefix("new-") {
            // One that is being made, or was cut off while it was: a minute tells.
            if name.hasPrefix("new-"), !isOld("\(place)/\(name)") { continue }
            let lock = open("\(place)/\(name)/lock", O_RDWR | O_CLOEXEC)
            guard lock >= 0 || isOld("\(place)/\(name)") else { continue }
            if lock < 0 || flock(lock, LOCK_EX | LOCK_NB) == 0 { delete("\(place)/\(name)") }
            if lock >= 0 { close(lock) }
        }
    }

    private static func isOld(_ path: String) -> Bool {
        var entry = stat()
        return lstat(path, &entry) == 0 && time(nil) - entry.st_mtim.tv_sec > 60
    }

    /// Removes it and its files; there are no directories in it. What is gone already is no error.
    private static func delete(_ path: String) {
        for name in names(in: path) where name != "lock" { unlink("\(path)/\(name)") }
        unlink("\(path)/lock")
        rmdir(path)
    }

    private static func names(in path: String) -> [String] {
        // A directory that is not there has no names.
        (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    }
}
