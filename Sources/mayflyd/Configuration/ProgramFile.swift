import Glibc
import MayflyCore

/// Looks whether a file may be run with the daemon's rights.
///
/// Whoever may write a directory on the way to it, or to a link that is followed, may put another in its place. So the
/// way is walked as the kernel walks it, and each thing on it must be root's or the daemon's, and nobody else's to write.
enum ProgramFile {
    /// As many links as the kernel follows.
    private static let mostLinks = 40

    /// - Returns: nil when an executable file of the daemon's user or root is there that nobody else may change, by
    ///   itself or by putting another in its place.
    static func objection(toPath path: String, uid: UInt32) -> SecretFile.Objection? {
        var rest = names(path)[...]
        var (directory, links): ([String], Int) = ([], 0)
        var status = stat()
        guard lstat("/", &status) == 0 else { return missing(path) }
        if let objection = objection(to: status, "/", uid) { return objection }
        while let name = rest.popFirst() {
            if name == ".." {
                _ = directory.popLast()
                continue
            }
            let here = "/" + (directory + [name]).joined(separator: "/")
            guard lstat(here, &status) == 0 else { return missing(path) }
            if status.st_mode & S_IFMT == S_IFLNK {
                links += 1
                guard links <= mostLinks, let target = link(here) else { return missing(path) }
                if let objection = objection(toOwnerOf: status, here, uid) { return objection }
                if target.hasPrefix("/") { directory = [] }
                rest = (names(target) + rest)[...]
                continue
            }
            if rest.isEmpty, status.st_mode & S_IFMT != S_IFREG || access(here, X_OK) != 0 {
                return .init(
                    message: "\(path.quoted()) is not an executable file",
                    fix: "chmod 0755 it, or mend the path")
            }
            guard rest.isEmpty || status.st_mode & S_IFMT == S_IFDIR else { return missing(path) }
            if let objection = objection(to: status, here, uid) { return objection }
            directory.append(name)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            return .init(message: "\(path.quoted()) is not an executable file", fix: "mend the path")
        }
        return nil
    }

    /// - Parameter here: a file or a directory.
    private static func objection(to status: stat, _ here: String, _ uid: UInt32) -> SecretFile.Objection? {
        if let objection = objection(toOwnerOf: status, here, uid) { return objection }
        // In a sticky directory everybody may make entries, and touch none of others'.
        let isSticky = status.st_mode & S_IFMT == S_IFDIR && status.st_mode & S_ISVTX != 0
        guard status.st_mode & 0o022 == 0 || isSticky else {
            return .init(
                message: "\(here.quoted()) may be written by others (mode \(FileMode.octal(status.st_mode)))",
                fix: "chmod go-w \(here)")
        }
        return nil
    }

    private static func objection(
        toOwnerOf status: stat, _ here: String, _ uid: UInt32
    ) -> SecretFile.Objection? {
        guard status.st_uid != 0, status.st_uid != uid else { return nil }
        return .init(
            message: "\(here.quoted()) belongs to uid \(status.st_uid), who could change it",
            fix: "it must belong to root or to the daemon's user (uid \(uid))")
    }

    private static func missing(_ path: String) -> SecretFile.Objection {
        .init(message: "there is no program \(path.quoted())", fix: "mend the path")
    }

    private static func names(_ path: String) -> [String] {
        path.split(separator: "/").filter { $0 != "." }.map(String.init)
    }

    private static func link(_ path: String) -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
            guard let start = buffer.baseAddress else { return nil }
            let count = readlink(path, start, buffer.count)
            guard count > 0, count < buffer.count else { return nil }
            return String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
    }
}
