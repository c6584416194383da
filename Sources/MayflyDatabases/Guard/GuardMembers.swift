import Foundation
import MayflyCore

/// What the guard's functions take, member by member: flat objects with exactly these keys.
// swift-format-ignore: AlwaysUseLowerCamelCase
enum GuardMembers {
    struct Issue: GuardMember {
        let lease: String
        let role: String
        /// MariaDB and MySQL: whose hash the verifier is.
        let plugin: String?
        let verifier: String
        let groups: [String]
        let ttl_seconds: Int
        let connection_limit: Int
        let settings: [String: String]
        let requester: String
        let reason: String
        /// PostgreSQL: in whose name its sessions create. Left out where there is none, as older guards know no such key.
        let owner: String?
        /// All of it, for where there is no guard.
        let order: RoleOrder

        enum CodingKeys: CodingKey {
            case lease, role, plugin, verifier, groups, ttl_seconds, connection_limit, settings, requester
            case reason, owner
        }

        init(_ order: RoleOrder, plugin: String? = nil) {
            self.order = order
            lease = order.lease.rawValue
            role = order.role.rawValue
            self.plugin = plugin
            verifier = order.verifier.text
            groups = order.groups
            ttl_seconds = order.ttl.seconds
            connection_limit = order.connectionLimit
            settings = order.settings
            requester = order.requester
            reason = order.reason ?? ""
            owner = order.owner
        }
    }

    struct Renew: GuardMember {
        let lease: String
        let ttl_seconds: Int
    }

    struct ReplaceVerifier: GuardMember {
        let lease: String
        var plugin: String?
        let verifier: String
    }

    struct Lease: GuardMember {
        let lease: String

        init(_ lease: LeaseID) { self.lease = lease.rawValue }
    }

    struct EndSession: GuardMember {
        let lease: String
        let number: Int64
        /// PostgreSQL: when it began, in seconds since 1970. Left out for others.
        var started: Double?
        /// MariaDB and MySQL, which do not know when it began: how long ago it was seen. Left out for others.
        var seen_seconds: Int?
    }

    struct Clean: GuardMember {
        let lease: String
        let role: String
        let role_oid: UInt32
    }

    /// Of a scope, which leases share.
    struct Narrow: GuardMember {
        var lease: String { "" }
        let bases: [String]
        let scope: [Table]

        init(_ narrowed: NarrowedScope) {
            bases = narrowed.groups
            scope = narrowed.narrowing.tables.map(Table.init)
        }

        struct Table: Encodable, Sendable {
            let table: Narrowing.Table

            private enum CodingKeys: CodingKey { case schema, table, columns }

            init(_ table: Narrowing.Table) { self.table = table }

            /// With all keys, null for what is left open: the guard takes no other form.
            func encode(to encoder: any Encoder) throws {
                var container = encoder.container(keyedBy: CodingKeys.self)
                try container.encode(table.schema, forKey: .schema)
                try container.encode(table.table, forKey: .table)
                try container.encode(table.columns, forKey: .columns)
            }
        }
    }

    struct Reassign: GuardMember {
        let lease: String
        let role: String
        let role_oid: UInt32
        let owner: String
    }

    struct LeftBehind: GuardMember {
        let lease: String
        let owner: String
        /// The transaction that issued, as the guard gave it.
        let since: String
    }

    static func json(_ members: some Collection<some Encodable>) throws(EngineFailure) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        do {
            return String(decoding: try encoder.encode(Array(members)), as: UTF8.self)
        } catch {
            throw EngineFailure(.invalid, "an argument cannot be written as JSON")
        }
    }
}

/// One member of a batch, as a guard's function takes it.
protocol GuardMember: Encodable, Sendable {
    var lease: String { get }
}
