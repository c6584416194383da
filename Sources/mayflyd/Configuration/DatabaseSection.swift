import MayflyCore

/// `databases:`, each with its name as the key.
enum DatabaseSection {
    static let keys = [
        "engine", "hosts", "replicas", "port", "database", "also", "client", "tls",
        "account", "account_host", "authentication",
        "connections", "timeout", "ceilings", "mode", "orphans", "altered", "drift", "server_log",
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
        let engine = section.required("engine", fix: "engine: postgresql, mariadb or mysql").flatMap(
            readEngine)
        // What is wrong is also looked for where the engine is: by the rules of the first.
        let family = EngineFamily(engine ?? .postgresql)
        let port = section.optional("port").map { $0.integer(1...65_535) } ?? family.port
        let place = HostList.Place(family: family, port: port ?? family.port)
        let hosts = section.required("hosts", fix: "hosts: [ db1.internal ], or \(family.socket)")
            .flatMap { HostList.read($0, at: place) }
        let replicas = section.optional("replicas").flatMap { HostList.read($0, at: place) }
        let kind = hosts.map { HostList.kind(of: $0 + (replicas ?? [])) }
        let database = section.required("database", fix: "the database that login roles connect to")
            .flatMap { ServerName.read($0, "the database's name", most: family.databaseLimit) }
        let also = section.optional("also").flatMap {
            ServerName.readList(
                $0, "a database's name", many: "databases", allowEmpty: true, most: family.databaseLimit)
        }
        if let database, also?.contains(database) == true {
            section.optional("also")?.error(
                "names \(database.quoted()), which is the database itself", fix: "remove it")
        }
        let client = section.optional("client").flatMap { ClientSection.read($0, at: place) }
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
        ).flatMap {
            AccountSection.read(
                $0, engine: engine, kind: hosts.map(HostList.kind(of:)), environment: environment)
        }
        let login = LoginAccountsSection.read(section, engine: engine)
        let connections = section.optional("connections").map { $0.integer(1...64) } ?? 4
        let timeout = section.optional("timeout").map(readTimeout) ?? 10
        let ceilings =
            section.optional("ceilings").map { CeilingsSection.read($0, family) } ?? family.ceilings
        let mode =
            section.optional("mode").map { ChoiceField.read($0, "a mode", DatabaseDefinition.Mode.self) }
            ?? .guard
        let orphans =
            section.optional("orphans").map {
                ChoiceField.read($0, "what is done with orphans", DatabaseDefinition.Orphans.self)
            } ?? .report
        let altered =
            section.optional("altered").map {
                ChoiceField.read($0, "what is done with altered roles", DatabaseDefinition.Altered.self)
            } ?? .report
        let drift = section.optional("drift").map(readDrift) ?? 600
        let serverLog = section.optional("server_log").map { ServerLogSection.read($0, engine) }
        noteWhatDiffers(section, engine, kind: hosts.map(HostList.kind(of:)), tls)

        guard let engine, let port, let hosts, let database, let tls, let account, let connections,
            let timeout,
            let ceilings, let mode, let orphans, let altered, let drift,
            serverLog != .some(nil)
        else { return nil }
        var definition = DatabaseDefinition(
            name: name, engine: engine, mode: mode, hosts: hosts, replicas: replicas ?? [], port: port,
            database: database,
            also: also ?? [], client: client, tls: tls,
            account: account, connections: connections, timeoutSeconds: timeout, ceilings: ceilings,
            orphans: orphans, altered: altered, driftSeconds: drift, serverLog: serverLog ?? nil)
        if let risk = definition.risk {
            section.optional("mode")?.note(risk, fix: "mode: guard, wherever functions may be installed")
        }
        definition.loginAccounts = login.accounts(or: definition.madeAccounts)
        return definition
    }

    /// What means nothing on an engine, or may not be meant.
    private static func noteWhatDiffers(
        _ section: Section, _ engine: EngineKind?, kind: HostList.Kind?, _ tls: DatabaseDefinition.TLS?
    ) {
        guard let engine, EngineFamily(engine) == .mysql else { return }
        section.optional("also")?.error(
            "means nothing on \(engine.rawValue)",
            fix: "remove it: privileges go with an account in every database of its server")
        if engine == .mysql, kind == .loopback, tls?.mode == .disable {
            section.optional("hosts")?.note(
                "MySQL's caching_sha2_password would show the password to whoever answers there, so it is not sent",
                fix: "the path of the server's socket, or tls")
        }
    }

    private static func readEngine(_ field: Field) -> EngineKind? {
        guard let text = field.string("an engine") else { return nil }
        switch EngineKind(rawValue: text) {
        case .some(let engine): return engine
        case nil:
            let near = Spelling.nearest(to: text, among: EngineKind.allCases.map(\.rawValue))
            let isShort = ["pg", "postgres", "pgsql"].contains(text.lowercased())
            field.error(
                "\(field.shown(text)) is not an engine",
                fix: (isShort ? "postgresql" : near).map { "did you mean \($0)?" }
                    ?? "postgresql, mariadb or mysql")
        }
        return nil
    }

    /// `drift: { every: 10m }`
    private static func readDrift(_ field: Field) -> Int? {
        guard let section = Section(field, keys: ["every"]),
            let every = section.required("every", fix: "such as every: 10m"), let ttl = every.duration()
        else { return nil }
        guard (10...86_400).contains(ttl.seconds) else {
            every.error("\(ttl) is out of range", fix: "10s to 1d")
            return nil
        }
        return ttl.seconds
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
