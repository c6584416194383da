import MayflyCore

/// What a server's catalogue says about group roles: who they are, and what they hold where.
struct PostgreSQLHoldings: Sendable {
    struct Role: Sendable {
        var canLogin: Bool
        /// Attributes beyond LOGIN, as ALTER ROLE names them.
        var attributes: [String]
        /// Roles that it is a direct member of, with who granted that.
        var memberships: [Membership]
        /// Members that are not login roles of this installation.
        var members: [String]
        var comment: String?
        /// Objects in all databases that it owns.
        var owned: Int
    }

    struct Membership: Hashable, Sendable, Decodable {
        var role: String
        var grantor: String?
    }

    /// A privilege that was granted to a group role.
    struct Held: Sendable {
        var group: String
        var privilege: HeldPrivilege
        var isGrantable: Bool
        var grantor: String
        /// Of the object; the usual grantor.
        var owner: String
    }

    struct HeldDefault: Sendable {
        var group: String
        var privilege: DefaultPrivilege
        var isGrantable: Bool
    }

    /// Row-level security of a table; without a policy nobody but the owner sees a row.
    struct RowSecurity: Sendable {
        var table: DatabaseObject
        var policies: [Policy]
    }

    struct Policy: Sendable, Decodable {
        var name: String
        var permissive: Bool
        /// As `pg_policy.polcmd` has it.
        var command: String
        /// Empty for everybody.
        var roles: [String]
        var using: String?
        var check: String?
    }

    struct Database: Sendable {
        var catalogue: Catalogue
        var held: [Held] = []
        var defaults: [HeldDefault] = []
        var rowSecurity: [RowSecurity] = []
        /// Objects of other kinds that a group has rights on, as the server describes them.
        var others: [(group: String, object: String)] = []
        /// Routines whose arguments are nothing that a statement could name.
        var unreadable: [DatabaseObject] = []
    }

    /// As in `server_version_num`.
    var version = 0
    /// Those that exist, by name.
    var roles: [ExactText: Role] = [:]
    /// All of the server's.
    var databaseNames: Set<ExactText> = []
    /// Those that were read, by name.
    var databases: [String: Database] = [:]
    /// On databases.
    var held: [Held] = []
    /// The groups that the guard allows; nil where there is none that can be asked.
    var allowed: [String]?

    func role(_ name: String) -> Role? { roles[ExactText(name)] }
}
