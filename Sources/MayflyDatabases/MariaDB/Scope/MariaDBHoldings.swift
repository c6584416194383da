import MayflyCore

/// What is known of group roles and what they hold, and of what there is to be granted.
struct MariaDBHoldings {
    enum Knowledge {
        /// All of the server's schemas (`database` is empty), as a DBA reads them, and which kinds of routine a name is that of.
        case catalogue(Catalogue, routines: [DatabaseObject: Set<MariaDBGrant.Routine>])
        /// What the broker's account is told: what groups hold, and nothing of what they hold nothing on.
        case told
        /// Nothing: there is no server, or none was asked.
        case nothing
    }

    struct Role {
        /// There is an account of that name that somebody can log in with, or could.
        var isAccount = false
        var grants: Set<MariaDBGrant> = []
        /// Those on tables that there are no more, where that is told.
        var gone: Set<MariaDBGrant> = []
        /// Roles granted to it, as SQL has them.
        var memberships: [String] = []
        /// What `mayflyd apply` wrote down in the guard's schema (`GroupMark`).
        var mark: String?
        /// Other accounts and roles that it was granted to, for people.
        var members: [String] = []
        /// The guard's account may hand it on.
        var isGrantable = false
    }

    var knowledge: Knowledge
    var schemaPattern = MariaDBSchemaPattern(isLiteral: false)
    /// Those that exist, by name.
    var roles: [ExactText: Role] = [:]
    /// Of those nothing is told: the guard does not allow them yet.
    var untold: Set<ExactText> = []
    /// The groups that the guard allows; nil where there is none yet.
    var allowed: [String]?
    /// The guard is there, and has a place for what `apply` writes down.
    var hasMarks = false
    /// The guard's account exists.
    var hasGuardAccount = false

    /// Schemas that no pattern means: the server's own, and the guard's.
    static func isSystem(schema: String) -> Bool {
        ["information_schema", "mysql", "performance_schema", "sys", "mayfly"].contains(schema.lowercased())
    }
}
