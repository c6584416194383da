import Foundation
import MayflyCore

/// One line of what hangs on a role, as the guard says.
struct HangingEntry: Decodable, Sendable {
    /// Nil for what belongs to no database: the right to connect to one, the ownership of a tablespace.
    let database: String?
    /// `owner`, `acl`, `default_acl`, `policy`, `initacl`, `prepared`.
    let kind: String
    let count: Int
    let gid: String?
    let statement: String?

    var isOwnership: Bool { kind == "owner" }
    var isPrepared: Bool { kind == "prepared" }

    var line: String {
        let place = database ?? "the whole server"
        if let gid { return "prepared transaction \(gid.quoted()) in \(place)" }
        return "\(count) × \(kind) in \(place)"
    }

    static func list(_ json: String) throws(EngineFailure) -> [HangingEntry] {
        try decode([HangingEntry].self, json)
    }
}

/// An object that a role owns, as the clean-up module says.
struct OwnedObject: Decodable, Sendable {
    let kind: String
    let identity: String

    static func list(_ json: String) throws(EngineFailure) -> [OwnedObject] {
        try decode([OwnedObject].self, json)
    }
}

private func decode<Value: Decodable>(_ type: Value.Type, _ json: String) throws(EngineFailure) -> Value {
    do {
        return try JSONDecoder().decode(type, from: Data(json.utf8))
    } catch {
        throw EngineFailure(.guardUnusable, "the guard's answer is not what this version expects")
    }
}
