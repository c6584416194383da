import Foundation
import MayflyCore

/// What the installed guard says of itself (`describe`), under the names of its JSON.
// swift-format-ignore: AlwaysUseLowerCamelCase
struct MariaDBGuardDescription: Decodable, Sendable {
    /// A truth value, which JSON of MariaDB's may have as a number.
    struct Flag: Decodable, Sendable {
        let isTrue: Bool

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            do {
                isTrue = try container.decode(Bool.self)
            } catch {
                isTrue = try container.decode(Int.self) != 0
            }
        }
    }

    /// A procedure or function as the server has it.
    struct Routine: Decodable, Sendable {
        /// `mayfly.issue`.
        let name: String
        let type: String
        let sha256: String
        /// `mayfly_guard@localhost`.
        let definer: String
        /// `DEFINER` or `INVOKER`.
        let security: String
        let sql_mode: String
        /// Who else may call it or change it, as `user@host`.
        let callers: [String]
    }

    struct Narrowing: Decodable, Sendable {
        /// How many tables, and schemas, the guard may hand rights on.
        let tables: Int
        let schemas: Int
        /// Narrowed groups that no new lease uses, and why.
        let faults: [String]
    }

    let guard_version: Int
    let installation: String
    let tag: String
    /// `mayfly@localhost`.
    let broker: String
    /// The host part of the accounts that it makes.
    let host: String
    let owner: String
    let max_ttl_seconds: Int
    let max_live: Int
    let max_issues_per_minute: Int
    let live: Int
    let groups: [String]
    /// Allowed, but without the right to hand them on.
    let groups_not_grantable: [String]?
    let settings: [String]
    let event_scheduler: String
    /// `ENABLED`, or what keeps it from running; nil where it was dropped.
    let event: String?
    let ed25519: Flag?
    /// Plugins that look at new passwords.
    let password_checks: [String]?
    let strict_password_validation: Flag?
    /// Whether it is on: it knows who logged in to a session that is in a routine of another definer. Nil from older
    /// guards.
    let performance_schema: Flag?
    /// `innodb_flush_log_at_trx_commit`.
    let flush_log_at_commit: Int?
    /// Routines and events that leases left in the name of an allowed group, which outlive them.
    let group_definers: [String]?
    /// Prepared XA transactions that no session has any more.
    let detached_transactions: Int?
    let routines: [Routine]
    /// Nil from guards that narrow nothing.
    let narrowing: Narrowing?
    /// Who may call whatever is in the schema.
    let schema_callers: [String]
    let broker_powers: [String]

    static func decode(_ json: String) throws(EngineFailure) -> MariaDBGuardDescription {
        do {
            return try JSONDecoder().decode(MariaDBGuardDescription.self, from: Data(json.utf8))
        } catch {
            throw EngineFailure(.guardUnusable, "the guard does not describe itself as this version does")
        }
    }
}
