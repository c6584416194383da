import Glibc
import MayflyCore

/// Looks whether a file may be run with the daemon's rights.
enum ProgramFile {
    /// - Returns: nil when an executable file of the daemon's user or root is there that nobody else may change, by
    ///   itself or by putting another in its place.
    static func objection(toPath path: String, uid: UInt32) -> SecretFile.Objection? {
        var status = stat()
        guard stat(path, &status) == 0 else {
            return .init(message: "there is no program \(path.quoted())", fix: "mend the path")
        }
        guard status.st_mode & S_IFMT == S_IFREG, access(path, X_OK) == 0 else {
            return .init(
                message: "\(path.quoted()) is not an executable file", fix: "chmod 0755 it, or mend the path")
        }
        guard status.st_uid == 0 || status.st_uid == uid else {
            return .init(
                message: "\(path.quoted()) belongs to uid \(status.st_uid), who could change it",
                fix: "it must belong to root or to the daemon's user (uid \(uid))")
        }
        guard status.st_mode & 0o022 == 0 else {
            return .init(
                message: "\(path.quoted()) may be written by others (mode \(FileMode.octal(status.st_mode)))",
                fix: "chmod go-w \(path)")
        }
        let end = path.lastIndex(of: "/") ?? path.startIndex
        let directory = end == path.startIndex ? "/" : String(path[..<end])
        guard stat(directory, &status) == 0, status.st_mode & 0o002 == 0 || status.st_mode & S_ISVTX != 0
        else {
            return .init(
                message:
                    "\(directory.quoted()) may be written by everybody, who could put another program there",
                fix: "chmod o-w \(directory)")
        }
        return nil
    }
}
