import Foundation
import MayflyAPI

/// Login roles of servers, for people and for tables.
enum ServerRoleText {
    static func table(_ roles: [ServerRole], time: LocalTime) -> Table {
        Table([
            .init("ROLE", roles.map(\.role)),
            .init("STATE", roles.map(state)),
            .init("REQUESTER", roles.map { $0.requester ?? "" }),
            .init("UNTIL", roles.map { $0.until.map(time.text) ?? "" }),
            .init("SESSIONS", rank: 1, roles.map { $0.sessions.map(String.init) ?? "" }),
            .init("REASON", rank: 2, roles.map { $0.reason ?? "" }),
            .init("DATABASE", rank: 3, roles.map(\.database)),
            .init("TICKET", rank: 7, roles.map { $0.ticket ?? "" }),
            .init("APPROVED BY", rank: 5, roles.map { $0.approvedBy.joined(separator: ", ") }),
            .init("SINCE", rank: 6, roles.map { $0.since.map(time.text) ?? "" }),
            .init("GROUPS", rank: 4, roles.map { groups($0) }),
            .init("OWNS", rank: 8, roles.map(owns)),
        ])
    }

    static func state(_ role: ServerRole) -> String {
        role.alterations.isEmpty ? role.state.rawValue : "\(role.state) + altered"
    }

    private static func groups(_ role: ServerRole) -> String {
        let names = role.groups.joined(separator: ", ")
        return role.privileges.map { "\(names) (\($0) privileges)" } ?? names
    }

    private static func owns(_ role: ServerRole) -> String {
        guard let objects = role.ownedObjects, objects > 0 else { return "" }
        return "\(objects) objects" + (role.ownedBytes.map { ", \($0) bytes" } ?? "")
    }

    /// RFC 4180, with a heading. Times are ISO 8601, lists are separated by `; `.
    static func csv(_ roles: [ServerRole]) -> [String] {
        let columns: [(String, (ServerRole) -> String?)] = [
            ("database", { $0.database }), ("engine", { $0.engine.rawValue }), ("role", { $0.role }),
            ("state", { $0.state.rawValue }), ("alterations", { $0.alterations.joined(separator: "; ") }),
            ("lease_id", { $0.leaseId }), ("lease_state", { $0.leaseState?.rawValue }),
            ("profile", { $0.profile }),
            ("requester", { $0.requester }), ("reason", { $0.reason }), ("ticket", { $0.ticket }),
            ("approved_by", { $0.approvedBy.joined(separator: "; ") }),
            ("since", { $0.since.map(moment) }), ("until", { $0.until.map(moment) }),
            ("can_login", { $0.canLogin.map { "\($0)" } }), ("sessions", { $0.sessions.map(String.init) }),
            ("groups", { $0.groups.joined(separator: "; ") }),
            ("privileges", { $0.privileges.map(String.init) }),
            ("owned_objects", { $0.ownedObjects.map(String.init) }),
            ("owned_bytes", { $0.ownedBytes.map { String($0) } }), ("comment", { $0.comment }),
        ]
        return [columns.map(\.0).joined(separator: ",")]
            + roles.map { role in columns.map { cell($0.1(role) ?? "") }.joined(separator: ",") }
    }

    private static func moment(_ date: Date) -> String { date.formatted(.iso8601) }

    /// A reason is a requester's, and a spreadsheet takes a cell that begins like a formula for one: such a cell
    /// begins with a quote, which makes text of it.
    private static func cell(_ text: String) -> String {
        var text = Escaping.printable(text)
        if let first = text.unicodeScalars.first, "=+-@\t\r".unicodeScalars.contains(first) {
            text = "'" + text
        }
        guard text.unicodeScalars.contains(where: { "\",\n\r".unicodeScalars.contains($0) }) else {
            return text
        }
        return "\"" + Escaping.scalars(of: text) { $0 == "\"" ? "\"\"" : nil } + "\""
    }

    static func fields(_ bearer: RoleBearer, time: LocalTime) -> Fields {
        var fields = Fields()
        fields.add("role", bearer.role)
        fields.add("requester", bearer.requester)
        if let lease = bearer.lease {
            fields = LeaseText.fields(lease, time: time)
            fields.add("approved by", bearer.approvedBy.joined(separator: ", "))
            fields.add("sessions", bearer.sessions.map(String.init))
            return fields
        }
        fields.add("lease", bearer.leaseId)
        fields.add("database", bearer.database)
        fields.add("installation", bearer.installation)
        fields.add("since", bearer.since.map(time.text))
        fields.add("until", bearer.until.map(time.text))
        fields.add("sessions", bearer.sessions.map(String.init))
        let source =
            switch bearer.source {
            case "register": "the guard's register: the daemon does not know its lease"
            case "comment": "the role's comment, which proves nothing"
            default: "its name, which looks like ours: neither the daemon nor the guard knows it"
            }
        fields.add("known from", source)
        return fields
    }

    static func table(_ roles: [ReapedRole], time: LocalTime) -> Table {
        Table([
            .init("ROLE", roles.map(\.role.role)),
            .init(
                "OUTCOME", roles.map { $0.outcome == .found ? $0.role.state.rawValue : $0.outcome.rawValue }),
            .init("REQUESTER", roles.map { $0.role.requester ?? "" }),
            .init("UNTIL", roles.map { $0.role.until.map(time.text) ?? "" }),
            .init("SESSIONS", rank: 1, roles.map { $0.role.sessions.map(String.init) ?? "" }),
            .init("LEASE", rank: 3, roles.map { $0.role.leaseId ?? "" }),
            .init("DETAIL", rank: 2, roles.map { $0.detail ?? "" }),
        ])
    }
}
