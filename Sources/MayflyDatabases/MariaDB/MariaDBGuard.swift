package import MayflyCore

/// The guard for MariaDB and for MySQL: what a DBA installs, through which alone the broker acts.
///
/// The SQL is in `guard-mariadb.sql` and `guard-mysql.sql`, which answer in the same way; here the values of one
/// installation are filled in.
package struct MariaDBGuard: Sendable {
    /// Which of the two scripts.
    package enum Module: String, Sendable, CaseIterable {
        case mariadb, mysql

        /// The version of the SQL in this program.
        package var version: Int {
            switch self {
            case .mariadb, .mysql: 3
            }
        }

        /// The oldest version that this program can do without what came later.
        package static let oldest = 1

        /// What came after the oldest version, by the routine's name.
        static let later: Set<String> = [
            "mayfly.cut", "mayfly.cut_ended", "mayfly.effective", "mayfly.end_session", "mayfly.held",
            "mayfly.hexadecimal", "mayfly.inspect", "mayfly.open_names", "mayfly.privileges", "mayfly.quoted",
            "mayfly.server_count", "mayfly.statements", "mayfly.tell", "mayfly.watch",
            // Narrowing.
            "mayfly.bring_about", "mayfly.check_scope", "mayfly.compare", "mayfly.do_narrow",
            "mayfly.do_tend",
            "mayfly.find_holders", "mayfly.find_wanted", "mayfly.grant_words", "mayfly.in_words",
            "mayfly.is_narrowed",
            "mayfly.is_table", "mayfly.make_group", "mayfly.narrow", "mayfly.open_scopes", "mayfly.preview",
            "mayfly.read_part", "mayfly.read_scope", "mayfly.rights_on", "mayfly.run", "mayfly.stranger",
            "mayfly.text_at",
            "mayfly.tend", "mayfly.may_give", "mayfly.next_lacking", "mayfly.take_surplus",
            "mayfly.make_room", "mayfly.close_group", "mayfly.is_open",
        ]

        /// The script as it is in the source tree, before values are filled in.
        package var template: String {
            switch self {
            case .mariadb: String(decoding: PackageResources.guard_mariadb_sql, as: UTF8.self)
            case .mysql: String(decoding: PackageResources.guard_mysql_sql, as: UTF8.self)
            }
        }

        /// How long an account's name may be, in characters.
        var userLimit: Int {
            switch self {
            case .mariadb: 128
            case .mysql: 32
            }
        }
    }

    let module: Module
    let definition: DatabaseDefinition
    private let installation: Configuration.Installation
    private let groups: [String]
    private let planned: Set<String>
    private let brokerHost: String
    private let roleHost: String

    /// - Parameters:
    ///   - groups: what profiles that issue from this database give; no other is allowed.
    ///   - planned: those of them that `mayflyd apply` gives what they hold: made, empty, where they are not there yet.
    ///   - brokerHost: the host part of the broker's account, from where the daemon connects.
    ///   - roleHost: the host part that every new account gets, from where requesters connect. `%` is everywhere.
    package init(
        module: Module, definition: DatabaseDefinition, installation: Configuration.Installation,
        groups: [String], planned: Set<String> = [],
        brokerHost: String, roleHost: String
    ) {
        self.module = module
        self.definition = definition
        self.installation = installation
        self.groups = Set(groups).sorted()
        self.planned = planned
        self.brokerHost = brokerHost
        self.roleHost = roleHost
    }

    /// All that a DBA gives to the server's client, for this configuration.
    package func installScript() throws(EngineFailure) -> String {
        var grants: [String] = []
        var rows: [String] = []
        for group in groups {
            let name = try MariaDBQuoting.identifier(group, limit: module.userLimit)
            if planned.contains(group) { grants.append("CREATE ROLE IF NOT EXISTS \(name);") }
            grants.append("GRANT \(name) TO mayfly_guard@localhost WITH ADMIN OPTION;")
            rows.append("INSERT INTO mayfly.allowed_group VALUES (\(try MariaDBQuoting.literal(group)));")
        }
        var values = try commonValues()
        values["host"] = try MariaDBQuoting.literal(roleHost)
        values["max_ttl_seconds"] = String(definition.ceilings.maxTTL.seconds)
        values["max_live"] = String(definition.ceilings.maxLive)
        values["max_issues_per_minute"] = String(definition.ceilings.maxIssuesPerMinute)
        return try GuardTemplate.fill(
            module.template, values, lines: ["grant_groups": grants, "insert_groups": rows])
    }

    /// What every script of this installation has.
    func commonValues() throws(EngineFailure) -> [String: String] {
        try Self.check(host: brokerHost)
        try Self.check(host: roleHost)
        let user = definition.account.user
        _ = try MariaDBQuoting.identifier(user, limit: module.userLimit)
        let account = try MariaDBQuoting.account(user, host: brokerHost)
        return [
            "installation": try MariaDBQuoting.literal(installation.name),
            "tag": try MariaDBQuoting.literal(installation.tag.rawValue),
            "broker": account,
            "broker_literal": try MariaDBQuoting.literal(account),
            "broker_user": try MariaDBQuoting.literal(user),
            "broker_host": try MariaDBQuoting.literal(brokerHost),
            "product": module.product, "client": module.client, "dump": module.dump,
        ]
    }

    /// As the guard's own table checks it: a name, an address, a pattern or a netmask.
    private static func check(host: String) throws(EngineFailure) {
        guard host.wholeMatch(of: /[A-Za-z0-9.:_%\/\-]{1,255}/) != nil else {
            throw EngineFailure(.invalid, "\(host.quoted(limit: 40)) cannot be the host part of an account")
        }
    }
}
