import Foundation
import MayflyCore

/// One line of what hangs on a role, as the guard says.
struct HangingEntry: Decodable, Sendable {
    /// Nil for what belongs to no database: the right to connect to one, the ownership of a tablespace.
    let database: String?
    /// `owner`, `acl`, `default_acl`, `policy`, `initacl`, `prepared`; or `made_for`, which hangs on nothing.
    let kind: String
    let count: Int
    let gid: String?
    let statement: String?
    // Of `made_for`: in whose name the role's sessions created, and since which transaction.
    let owner: String?
    let since: String?

    var isOwnership: Bool { kind == "owner" }
    var isPrepared: Bool { kind == "prepared" }

    var line: String {
        let place = database.map { "in \($0)" } ?? "in the whole server"
        if let gid { return "prepared transaction \(gid.quoted()) \(place)" }
        return "\(count) × \(words) \(place)"
    }

    private var words: String {
        switch kind {
        case "owner": "object that it owns"
        case "acl": "object with privileges for it"
        case "default_acl": "default privileges of it or for it"
        case "policy": "policy that names it"
        case "initacl": "initial privileges for it"
        default: kind
        }
    }

    static func list(_ json: String) throws(EngineFailure) -> [HangingEntry] { try decodeAnswer(json) }
}

/// What a guard's answer holds as JSON.
func decodeAnswer<Value: Decodable>(_ json: String) throws(EngineFailure) -> Value {
    do {
        return try JSONDecoder().decode(Value.self, from: Data(json.utf8))
    } catch {
        throw EngineFailure(.guardUnusable, "the guard's answer is not what this version expects")
    }
}
