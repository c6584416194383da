import Foundation
import MayflyCore

/// `listen: { socket: /run/mayfly/mayfly.sock, group: mayfly, mode: "0660" }`
enum ListenSection {
    static func read(_ field: Field) -> Configuration.Listen? {
        guard let section = Section(field, keys: ["socket", "group", "mode"]) else { return nil }
        let socket = section.required("socket", fix: "such as /run/mayfly/mayfly.sock").flatMap(readSocket)
        let group = section.optional("group").map { $0.string("the name of a group") }
        let mode = section.optional("mode").map(readMode) ?? 0o660
        if mode & 0o060 != 0, group == nil {
            field.child("group", field.node).note(
                "is missing: the socket is open to the daemon's own group only", fix: nil)
        }
        guard let socket else { return nil }
        return Configuration.Listen(socket: socket, group: group ?? nil, mode: mode)
    }

    private static func readSocket(_ field: Field) -> String? {
        guard let path = PathValue.read(field) else { return nil }
        guard path.utf8.count <= PathValue.longestSocketPath else {
            field.error(
                "the path has \(path.utf8.count) bytes",
                fix: "a socket's path has at most \(PathValue.longestSocketPath)")
            return nil
        }
        return path
    }

    private static func readMode(_ field: Field) -> UInt32 {
        guard let text = field.scalar("permission bits") else { return 0 }
        guard (3...4).contains(text.utf8.count), text.utf8.count == 3 || text.hasPrefix("0"),
            let mode = UInt32(text, radix: 8)
        else {
            field.error("\(field.shown(text)) are not permission bits", fix: "such as \"0660\"")
            return 0
        }
        guard mode & 0o111 == 0 else {
            field.error(
                "\(field.shown(text)) has execute bits, which mean nothing on a socket",
                fix: "such as \"0660\"")
            return 0
        }
        guard mode & 0o600 == 0o600 else {
            field.error("\(field.shown(text)) shuts out the daemon's own user", fix: "such as \"0660\"")
            return 0
        }
        return mode
    }
}
