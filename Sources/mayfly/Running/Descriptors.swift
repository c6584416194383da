import Foundation
import Glibc

/// File descriptors of this process.
enum Descriptors {
    /// Those beyond standard input, output and error.
    static func open() -> [Int32] {
        guard let directory = opendir("/proc/self/fd") else { return [] }
        defer { closedir(directory) }
        let own = dirfd(directory)
        var found: [Int32] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let descriptor = Int32(name), descriptor > 2, descriptor != own { found.append(descriptor) }
        }
        return found
    }

    static func closesOnExec(_ descriptor: Int32) -> Bool {
        fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0
    }

    /// Keeps everything but `kept` out of the command: a copy of the tether's socket in its hands would hold the
    /// lease open after we are gone.
    static func closeOnExec(except kept: Set<Int32>) {
        // One that another thread has closed meanwhile is no error.
        for descriptor in open() where !kept.contains(descriptor) {
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        }
    }
}
