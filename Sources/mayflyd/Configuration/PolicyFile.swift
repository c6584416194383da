import Foundation
import MayflyCore

/// Reads the configuration file's bytes, after a look at who else could have written them.
enum PolicyFile {
    /// A thousand databases with their profiles and rules stay well below.
    static let maximumBytes = 1 << 20

    static func read(
        path: String, environment: ConfigurationEnvironment
    ) throws(ConfigurationErrors) -> String {
        let problems = ProblemList(file: path)
        guard let text = read(path, environment, problems) else { throw ConfigurationErrors(problems.errors) }
        return text
    }

    private static func read(
        _ path: String, _ environment: ConfigurationEnvironment, _ problems: ProblemList
    ) -> String? {
        func fail(_ message: String, _ fix: String?) {
            problems.error(line: 0, column: 0, key: "", message, fix: fix)
        }
        // O_NONBLOCK, so that a FIFO does not hold us up.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            fail("cannot be read: \(SystemMessage(errno))", "check --config and the file's mode")
            return nil
        }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        // What is looked at is what is read: the open file, not whatever the path names a moment later.
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            fail("is not a regular file", "check --config")
            return nil
        }
        if status.st_uid != 0, status.st_uid != environment.uid {
            fail(
                "belongs to uid \(status.st_uid), who could change the policy",
                "it must belong to root or to the daemon's user (uid \(environment.uid)); check it as that user"
            )
        }
        if status.st_mode & 0o022 != 0 {
            fail(
                "may be written by \(status.st_mode & 0o002 != 0 ? "everybody" : "its group")"
                    + " (mode \(FileMode.octal(status.st_mode)))",
                "chmod go-w \(path)")
        }
        do {
            let bytes = try handle.read(upToCount: maximumBytes + 1) ?? Data()
            guard bytes.count <= maximumBytes else {
                fail("is larger than \(maximumBytes) bytes", "no configuration is; check --config")
                return nil
            }
            guard problems.errors.isEmpty else { return nil }
            guard let text = String(validating: bytes, as: UTF8.self) else {
                fail("is not UTF-8 text", "save it as UTF-8")
                return nil
            }
            return text
        } catch {
            fail("cannot be read: \(error.localizedDescription)", nil)
            return nil
        }
    }
}

/// Permission bits as people write them.
enum FileMode {
    static func octal(_ mode: mode_t) -> String {
        let digits = String(mode & 0o7777, radix: 8)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
