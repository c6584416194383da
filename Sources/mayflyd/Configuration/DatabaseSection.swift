import MayflyCore

/// `databases:`, each with its name as the key.
enum DatabaseSection {
    static let keys = [
        "engine", "hosts", "replicas", "port", "database", "also", "client", "tls",
        "account",
        "connections", "timeout", "ceilings",
    ]

    struct Parsed {
        var valid: [DatabaseName: DatabaseDefinition] = [:]
        /// Names that are there, right or wrong, so that a profile that names one is not blamed for it.
        var declared: [(name: String, field: Field)] = []
    }

    static func readAll(_ field: Field, environment: ConfigurationEnvironment) -> Parsed? {
        guard let entries = field.entries(of: "databases") else { return nil }
        if entries.isEmpty { field.error("names no database", fix: "name at least one") }
        var parsed = Parsed()
        for (name, key, value) in entries {
            parsed.declared.append((name, key))
            let known = DatabaseName(rawValue: name)
            if known == nil {
                key.error(
                    "is not a name for a database",
                    fix: "1 to 63 of a-z, 0-9, _ and -, beginning with a letter or digit")
            }
            // Read also under a wrong name, for what else is wrong in it.
            let definition = read(value, name: known ?? DatabaseName(unchecked: "-"), environment)
            if let known, let definition { parsed.valid[known] = definition }
        }
        return parsed
    }

    private static func read(
        _ field: Field, name: DatabaseName, _ environment: ConfigurationEnvironment
    ) -> DatabaseDefinition? {
        guard let section = Section(field, keys: keys) else { return nil }
        let engine = section.required("engine", fix: "engine: postgresql").flatMap(readEngine)
        let port = section.optional("port").map { $0.integer(1...65_535) } ?? 5432
        let hosts = section.required(
            "hosts", fix: "hosts: [ db1.internal ], or the directory of a Unix socket"
        )
        .flatMap { HostList.read($0, port: port ?? 5432) }
        let replicas = section.optional("replicas").flatMap { value in
            HostList.read(value, port: port ?? 5432)
        }
        let kind = hosts.map { HostList.kind(of: $0 + (replicas ?? [])) }
        let database = section.required("database", fix: "the database that login roles connect to")
            .flatMap { ServerName.read($0, "the database's name") }
        let also = section.optional("also").flatMap {
            ServerName.readList($0, "a database's name", many: "databases", allowEmpty: true)
        }
        if let database, also?.contains(database) == true {
            section.optional("also")?.error(
                "names \(database.quoted()), which is the database itself", fix: "remove it")
        }
        let client = section.optional("client").flatMap { ClientSection.read($0, port: port ?? 5432) }
        if section.optional("client") == nil, hosts.map({ HostList.kind(of: $0) }) == .network,
            let hosts, hosts.count > 1
        {
            section.optional("hosts")?.note(
                "requesters are told the first of \(hosts.count) hosts",
                fix: "client: { host: … }, a name that leads to the writable one")
        }
        let tls = TLSSection.read(section.optional("tls"), database: field, kind: kind)
        let account = section.required(
            "account", fix: "account: { user: mayfly, password_file: /etc/mayfly/NAME.password }"
        ).flatMap { AccountSection.read($0, kind: hosts.map(HostList.kind(of:)), environment: environment) }
        let connections = section.optional("connections").map { $0.integer(1...64) } ?? 4
        let timeout = section.optional("timeout").map(readTimeout) ?? 10
        let ceilings = section.optional("ceilings").map(CeilingsSection.read) ?? DatabaseDefinition.Ceilings()

        guard let engine, let port, let hosts, let database, let tls, let account, let connections,
            let timeout,
            let ceilings
        else { return nil }
        return DatabaseDefinition(
            name: name, engine: engine, hosts: hosts, replicas: replicas ?? [], port: port,
            database: database,
            also: also ?? [], client: client, tls: tls,
            account: account, connections: connections, timeoutSeconds: timeout, ceilings: ceilings)
    }

    private static func readEngine(_ field: Field) -> EngineKind? {
        guard let text = field.string("an engine") else { return nil }
        switch EngineKind(rawValue: text) {
        case .postgresql: return .postgresql
        case .mariadb, .mysql:
            field.error("this version serves postgresql only, not \(text)", fix: "engine: postgresql")
        case nil:
            let near = Spelling.nearest(to: text, among: EngineKind.allCases.map(\.rawValue))
            let isShort = ["pg", "postgres", "pgsql"].contains(text.lowercased())
            field.error(
                "\(field.shown(text)) is not an engine",
                fix: isShort || near == "postgresql" ? "did you mean postgresql?" : "postgresql")
        }
        return nil
    }

    private static func readTimeout(_ field: Field) -> Int? {
        guard let ttl = field.duration() else { return nil }
        guard (1...300).contains(ttl.seconds) else {
            field.error("\(ttl) is out of range", fix: "1s to 5m")
            return nil
        }
        return ttl.seconds
    }
}
