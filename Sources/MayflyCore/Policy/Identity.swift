/// Who is at the other end of the socket, as the kernel says.
///
/// The uid is authority; the pid is colour for the audit (pids are reused).
package struct Identity: Hashable, Sendable, Codable {
    package let uid: UInt32
    /// The user's name by NSS; `uid:1234` where there is none.
    package let user: String
    /// The names of all groups of the user by NSS.
    package let groups: Set<String>
    package let pid: Int32?

    package init(uid: UInt32, user: String, groups: Set<String>, pid: Int32?) {
        self.uid = uid
        self.user = user
        self.groups = groups
        self.pid = pid
    }
}

/// A pattern for identities in the configuration: `user:alice`, `group:dba`, `uid:1001` or `anyone`.
package enum Principal: Hashable, Sendable, CustomStringConvertible {
    case user(String)
    case group(String)
    case uid(UInt32)
    case anyone

    package init?(_ text: String) {
        if text == "anyone" {
            self = .anyone
            return
        }
        guard let colon = text.firstIndex(of: ":") else { return nil }
        let value = String(text[text.index(after: colon)...])
        guard !value.isEmpty, !value.contains(where: { $0.isWhitespace || $0 == ":" }) else { return nil }
        switch text[..<colon] {
        case "user": self = .user(value)
        case "group": self = .group(value)
        case "uid":
            guard let uid = UInt32(value) else { return nil }
            self = .uid(uid)
        default: return nil
        }
    }

    package func matches(_ identity: Identity) -> Bool {
        switch self {
        case .user(let name): identity.user == name
        case .group(let name): identity.groups.contains(name)
        case .uid(let uid): identity.uid == uid
        case .anyone: true
        }
    }

    package var description: String {
        switch self {
        case .user(let name): "user:\(name)"
        case .group(let name): "group:\(name)"
        case .uid(let uid): "uid:\(uid)"
        case .anyone: "anyone"
        }
    }
}

extension Principal: Codable {
    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let principal = Principal(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "not a principal: \(text.quoted())"))
        }
        self = principal
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
