import Foundation

/// Looks whether a file may hold a secret. Reads nothing of it.
enum SecretFile {
    struct Objection: Equatable {
        var message: String
        var fix: String
    }

    /// - Parameter managed: the file was placed by the service manager, which grants access by an access control
    ///   list; the group bits then show its mask, not a group's right.
    /// - Returns: nil when a regular file of the daemon's user or root is there, which nobody else may read.
    static func objection(
        toPath path: String, shown: String, uid: UInt32, managed: Bool = false
    ) -> Objection? {
        var status = stat()
        guard stat(path, &status) == 0 else {
            return errno == ENOENT || errno == ENOTDIR
                ? Objection(
                    message: "there is no file \(shown)", fix: "create it with mode 0600, or mend the path")
                : Objection(
                    message: "\(shown) cannot be looked at: \(SystemMessage(errno))",
                    fix: "let the daemon's user (uid \(uid)) through the directories on the way")
        }
        if let objection = objection(to: status, shown: shown, uid: uid, managed: managed) {
            return objection
        }
        guard access(path, R_OK) == 0 else {
            return Objection(
                message: "\(shown) cannot be read: \(SystemMessage(errno))",
                fix: "chown it to the daemon's user")
        }
        return nil
    }

    /// The same for a file that is open already: what was looked at is what is read.
    static func objection(
        toDescriptor descriptor: Int32, shown: String, uid: UInt32, managed: Bool = false
    ) -> Objection? {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            return Objection(
                message: "\(shown) cannot be looked at: \(SystemMessage(errno))",
                fix: "name the file that holds the password")
        }
        return objection(to: status, shown: shown, uid: uid, managed: managed)
    }

    private static func objection(
        to status: stat, shown: String, uid: UInt32, managed: Bool
    ) -> Objection? {
        guard status.st_mode & S_IFMT == S_IFREG else {
            return Objection(
                message: "\(shown) is not a regular file", fix: "name the file that holds the password")
        }
        guard status.st_uid == 0 || status.st_uid == uid else {
            return Objection(
                message: "\(shown) belongs to uid \(status.st_uid)",
                fix:
                    "it must belong to root or to the daemon's user (uid \(uid)): chown it, or check as that user"
            )
        }
        let tooOpen: mode_t = managed ? 0o007 : 0o077
        guard status.st_mode & tooOpen == 0 else {
            return Objection(
                message: "\(shown) is open to others than its owner (mode \(FileMode.octal(status.st_mode)))",
                fix: "chmod 0600 the file")
        }
        guard status.st_size > 0 else {
            return Objection(message: "\(shown) is empty", fix: "write the password into it")
        }
        return nil
    }
}
