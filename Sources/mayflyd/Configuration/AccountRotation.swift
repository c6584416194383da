import Foundation
import MayflyCore
import MayflyCrypto
import MayflyDatabases
import SQLClients

/// Gives the broker's account a new password, so that a crash at any point leaves a file with the password that the server
/// takes.
///
/// 1. The new one is written beside the file in force, as FILE.next, and synced.
/// 2. The server is given its verifier.
/// 3. It is seen to work.
/// 4. FILE.next is renamed to FILE.
///
/// Cut short, FILE or FILE.next has what the server takes: the daemon tries both in this order, and the next run tells them
/// apart and finishes what was begun. The file of a daemon that runs is only ever replaced as a whole.
struct AccountRotation {
    struct Failure: Error {
        var message: String
        var fix: String?
    }

    enum Outcome: Equatable {
        case rotated
        /// An earlier run had given the server its password; now that is in force.
        case finishedEarlier
    }

    static func nextPath(_ path: String) -> String { path + ".next" }

    /// The file in force.
    let path: String
    let environment: ConfigurationEnvironment
    let account: any RotatableAccount
    /// Where a DBA changes it; nil where the account changes its own.
    let dba: (account: any RotatableAccount, changer: AccountChanger)?

    private var next: String { Self.nextPath(path) }

    func run() async throws(Failure) -> Outcome {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            throw Failure(message: "\(path.quoted()) cannot be looked at: \(SystemMessage(errno))")
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw Failure(
                message: "\(path.quoted()) is a link, or no regular file: it would be replaced",
                fix: "name the file itself as password_file")
        }
        let lock = try locked()
        defer { close(lock) }
        let current = try read(path)
        try await refuseAServerThatAsksForNone()
        if access(next, F_OK) == 0, try await finishEarlier(current) { return .finishedEarlier }
        let isInForce = try await takes(current)
        guard isInForce || dba != nil else {
            throw Failure(
                message: "the server does not take the password in \(path.quoted())",
                fix: "give --as-dba, to set a new one all the same")
        }
        let new = try Self.newPassword()
        try write(new, like: status)
        Failpoint.nextPasswordWritten.hit()
        try await set(new, current)
        Failpoint.nextPasswordProven.hit()
        try putInForce()
        return .rotated
    }

    // MARK: The server

    /// Where the server lets the account in without its password (trust, peer, a plugin for sockets), nothing could be proven.
    private func refuseAServerThatAsksForNone() async throws(Failure) {
        guard try await takes(try Self.newPassword()) else { return }
        throw Failure(
            message: "the server takes any password of this account from here: none could be proven",
            fix: "see how the account authenticates: pg_hba.conf (trust, peer), or its plugin")
    }

    /// What an earlier run left: true when its password is the one that the server takes.
    private func finishEarlier(_ current: AccountPassword) async throws(Failure) -> Bool {
        if try await takes(current) {
            // The server never got it.
            try removeNext()
            return false
        }
        if try await takes(try read(next)) {
            try putInForce()
            return true
        }
        guard dba != nil else {
            throw Failure(
                message:
                    "the server takes neither the password in \(path.quoted()) nor that in \(next.quoted())",
                fix: "give --as-dba, to set a new one all the same")
        }
        try removeNext()
        return false
    }

    private func set(_ new: AccountPassword, _ current: AccountPassword) async throws(Failure) {
        var refusal: EngineFailure?
        do throws(EngineFailure) {
            if let dba {
                try await dba.account.setPassword(new, by: dba.changer)
            } else {
                try await account.setPassword(new, by: .itself(current))
            }
        } catch {
            refusal = error
        }
        Failpoint.nextPasswordSet.hit()
        // Whatever was answered, or not: what the server takes now is what counts.
        let isSet: Bool
        do throws(Failure) {
            isSet = try await takes(new)
        } catch {
            throw Failure(
                message: (refusal.map { "\($0.message); then " } ?? "") + error.message,
                fix: "run it again: \(path.quoted()) and \(next.quoted()) have the old and the new password")
        }
        guard !isSet else { return }
        try removeNext()
        throw Failure(
            message:
                "the password was not changed: \(refusal?.message ?? "the server does not take the new one")",
            fix: refusal?.hint)
    }

    private func takes(_ password: AccountPassword) async throws(Failure) -> Bool {
        do throws(EngineFailure) {
            return try await account.takes(password)
        } catch {
            throw Failure(message: error.message, fix: error.hint)
        }
    }

    // MARK: The files

    private static func newPassword() throws(Failure) -> AccountPassword {
        do throws(CryptoFailure) {
            return try Password.random().withUTF8 { AccountPassword(copying: $0) }
        } catch {
            throw Failure(message: "no password could be made: \(error.description)")
        }
    }

    private func read(_ path: String) throws(Failure) -> AccountPassword {
        do throws(EngineFailure) {
            guard let read = try PasswordReader(source: .file(path), environment: environment).password()
            else {
                throw EngineFailure(.notAuthenticated, "\(path) is empty")
            }
            return read
        } catch {
            throw Failure(message: error.message, fix: error.hint)
        }
    }

    /// Held until the process ends: two rotations at once would each prove their own.
    private func locked() throws(Failure) -> Int32 {
        for _ in 1...100 {
            if let descriptor = try lockedOnce() { return descriptor }
        }
        throw Failure(message: "\(path.quoted()) is replaced again and again", fix: "run it again")
    }

    /// Nil when another rotation put a new file in force between our look and our lock: that would be a lock on a file
    /// that is nobody's any more.
    private func lockedOnce() throws(Failure) -> Int32? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw Failure(message: "\(path.quoted()) cannot be opened: \(SystemMessage(errno))")
        }
        Failpoint.passwordFileOpened.hit()
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw Failure(
                message: "another rotation of \(path.quoted()) is under way", fix: "wait until it is over")
        }
        var (ours, theirs) = (stat(), stat())
        guard fstat(descriptor, &ours) == 0, lstat(path, &theirs) == 0, ours.st_dev == theirs.st_dev,
            ours.st_ino == theirs.st_ino
        else {
            close(descriptor)
            return nil
        }
        return descriptor
    }

    /// FILE.next is there as a whole or not at all, with the owner and mode of the file in force.
    private func write(_ password: AccountPassword, like status: stat) throws(Failure) {
        let draft = next + ".new"
        unlink(draft)
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw Failure(
                message: "\(draft.quoted()) cannot be made: \(SystemMessage(errno))",
                fix: "run it as root, or as whoever may write in that directory")
        }
        defer { close(descriptor) }
        let isWritten = password.withBytes { bytes in
            Glibc.write(descriptor, bytes.baseAddress, bytes.count) == bytes.count
        }
        guard isWritten, fchmod(descriptor, status.st_mode & 0o600) == 0,
            (status.st_uid == geteuid() && status.st_gid == getegid())
                || fchown(descriptor, status.st_uid, status.st_gid) == 0,
            fsync(descriptor) == 0, rename(draft, next) == 0
        else {
            let reason = SystemMessage(errno)
            unlink(draft)
            throw Failure(message: "\(next.quoted()) cannot be written: \(reason)")
        }
        try syncDirectory()
    }

    private func putInForce() throws(Failure) {
        guard rename(next, path) == 0 else {
            throw Failure(
                message:
                    "\(next.quoted()) has the password in force, and cannot be renamed: \(SystemMessage(errno))",
                fix: "run it again; until then the daemon finds it there")
        }
        try syncDirectory()
    }

    private func removeNext() throws(Failure) {
        guard unlink(next) == 0 || errno == ENOENT else {
            throw Failure(message: "\(next.quoted()) cannot be removed: \(SystemMessage(errno))")
        }
        try syncDirectory()
    }

    private func syncDirectory() throws(Failure) {
        let directory = (path as NSString).deletingLastPathComponent
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw Failure(message: "\(directory.quoted()) cannot be opened: \(SystemMessage(errno))")
        }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw Failure(message: "\(directory.quoted()) cannot be synced: \(SystemMessage(errno))")
        }
    }
}
