import Foundation
import Glibc
import MayflyAPI

/// Whether the socket is there and lets us in.
enum SocketCheck {
    static func check(_ path: String) -> Check {
        var entry = stat()
        guard stat(path, &entry) == 0 else { return missing(path, errno) }
        guard entry.st_mode & S_IFMT == S_IFSOCK else {
            return .error(
                "socket", "\(path) is not a socket", fix: "give the daemon's with --socket",
                .daemonUnreachable)
        }
        // Connecting to a socket is writing to it: unix(7).
        guard access(path, W_OK) != 0 else { return .ok("socket", path) }
        return denied(path, entry)
    }

    private static func missing(_ path: String, _ number: Int32) -> Check {
        switch number {
        case EACCES:
            .error(
                "socket", "\(path): its directory does not let you in", fix: "ask for access to it", .denied)
        default:
            .error(
                "socket", "\(path): \(SystemError(number))",
                fix:
                    "start the daemon (systemctl start mayflyd), or name its socket with --socket or MAYFLY_SOCKET",
                .daemonUnreachable)
        }
    }

    private static func denied(_ path: String, _ entry: stat) -> Check {
        let group = Groups.name(entry.st_gid)
        let mode = String(entry.st_mode & 0o777, radix: 8)
        let message = "\(path) is for group \(group) (mode 0\(mode)), which you are not in"
        if Groups.lists(getuid(), in: entry.st_gid) {
            return .error(
                "socket", message + " yet: your login is older than your membership",
                fix: "log in again, or run: newgrp \(group)", .denied)
        }
        return .error(
            "socket", message, fix: "sudo usermod -aG \(group) \(NSUserName()), then log in again", .denied)
    }
}
