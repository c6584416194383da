import Foundation
import MayflyCore

/// What an installed module of the guard says of itself (`describe()`), under the names of its JSON.
// swift-format-ignore: AlwaysUseLowerCamelCase
struct GuardDescription: Decodable, Sendable {
    /// A function as the catalogue has it.
    struct Function: Decodable, Sendable {
        /// With the types of its arguments: `mayfly.issue(jsonb)`.
        let name: String
        let sha256: String
        let owner: String
        let security_definer: Bool
        let config: [String]?
        /// Who else may call it, besides the owner.
        let acl: [String]

        /// `mayfly.issue`.
        var bareName: String { String(name.prefix { $0 != "(" }) }
    }

    struct Powers: Decodable, Sendable {
        let superuser: Bool
        let createrole: Bool
        let createdb: Bool
        let replication: Bool
        let bypassrls: Bool
        let memberships: [String]

        /// Attributes beyond LOGIN, as ALTER ROLE names them.
        var attributes: [String] {
            [
                (superuser, "SUPERUSER"), (createrole, "CREATEROLE"), (createdb, "CREATEDB"),
                (replication, "REPLICATION"), (bypassrls, "BYPASSRLS"),
            ].filter(\.0).map(\.1)
        }
    }

    /// A role that leases create for, or that takes over what ended roles own. Since version 2.
    struct Owner: Decodable, Sendable {
        let name: String
        // Of the core module:
        let ddl_as_owner: Bool?
        // Of the clean-up module:
        let takes_over: Bool?
        let creates: Bool?
    }

    let guard_version: Int
    let installation: String
    let tag: String
    let broker: String
    /// Whose rights the functions have.
    let owner: String?
    let owner_is_superuser: Bool?
    let functions: [Function]
    // Of the core module only:
    let groups: [String]?
    let owners: [Owner]?
    let settings: [String]?
    let max_ttl_seconds: Int?
    let max_live: Int?
    let max_issues_per_minute: Int?
    let broker_powers: Powers?
    // Of the narrowing module only:
    let faults: [String]?

    static func decode<Value: Decodable>(_ json: String) throws(EngineFailure) -> Value {
        do {
            return try JSONDecoder().decode(Value.self, from: Data(json.utf8))
        } catch {
            throw EngineFailure(.guardUnusable, "the guard does not describe itself as this version does")
        }
    }
}
