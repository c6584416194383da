import Foundation
import Glibc
import MayflyTesting
import Synchronization

/// Copies of our binaries that any user may run: the checkout may lie where only its owner can go, as below /root.
final class OpenBinaries: Sendable {
    static let shared = OpenBinaries()

    private let copies = Mutex<[String: String]>([:])

    /// Copied once; removed with the process.
    func path(of name: String) throws -> String {
        try copies.withLock { copies in
            if let path = copies[name] { return path }
            var template = Array("/tmp/mayfly-bin-XXXXXX".utf8CString)
            guard mkdtemp(&template) != nil else { throw WorldFailure("mkdtemp: \(errno)") }
            let directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            let path = "\(directory)/\(name)"
            try FileManager.default.copyItem(atPath: BuiltBinary.path(name), toPath: path)
            guard chmod(directory, 0o755) == 0, chmod(path, 0o755) == 0 else {
                throw WorldFailure("chmod: \(errno)")
            }
            copies[name] = path
            atexit { OpenBinaries.shared.remove() }
            return path
        }
    }

    private func remove() {
        for path in copies.withLock({ $0.values }) {
            unlink(path)
            rmdir((path as NSString).deletingLastPathComponent)
        }
    }
}
