import MayflyCore

/// What a scope says without a catalogue: by name, what there is to be; by pattern, what there may be.
struct MariaDBNamedScope {
    struct Routine {
        var schema: String
        var name: String
        var word: String

        /// Whether a right that is held is on one of that name.
        func isMet(by grant: MariaDBGrant) -> Bool {
            guard grant.word == word, case .routine(let kind, let place, let held) = grant.level else {
                return false
            }
            return MariaDBGrant.Level.routine(kind, schema: place, held)
                == .routine(kind, schema: schema, named: name)
        }
    }

    private let grants: [ScopeGrant]
    private let schemaPattern: MariaDBSchemaPattern
    /// Granted for certain.
    private(set) var named: Set<MariaDBGrant> = []
    /// Of a function or a procedure, which only a catalogue can tell apart.
    private(set) var routines: [Routine] = []
    /// Entries that a catalogue is needed for, for people.
    private(set) var open: [String] = []

    init(_ scope: Scope, for engine: EngineKind, schemaPattern: MariaDBSchemaPattern) {
        grants = scope.expanded(for: engine).map(\.asWhole)
        self.schemaPattern = schemaPattern
        for grant in grants { add(grant) }
    }

    private mutating func add(_ grant: ScopeGrant) {
        guard let glob = grant.target.schema, glob.isExact, grant.target.selection?.isExact ?? true else {
            open.append(grant.description)
            return
        }
        let schema = glob.pattern
        let names = grant.target.selection?.names.map(\.pattern) ?? []
        for word in grant.privileges.map(\.sql) {
            switch grant.target {
            case .schema:
                guard let pattern = schemaPattern.pattern(schema) else {
                    open.append(grant.description)
                    return
                }
                named.insert(MariaDBGrant(level: .schema(pattern), word: word))
            case .tables:
                for name in names {
                    named.insert(
                        MariaDBGrant(level: .table(schema: ExactText(schema), ExactText(name)), word: word))
                }
            case .columns(let columns, _, _):
                for name in names {
                    for column in columns {
                        named.insert(
                            MariaDBGrant(
                                level: .column(
                                    schema: ExactText(schema), table: ExactText(name), ExactText(column)),
                                word: word))
                    }
                }
            case .routines: routines += names.map { Routine(schema: schema, name: $0, word: word) }
            case .level, .sequences, .databases: break
            }
        }
    }

    /// Whether a privilege that is held is one that the scope gives, by name or by pattern.
    func allows(_ grant: MariaDBGrant) -> Bool {
        if named.contains(grant) { return true }
        return grants.contains { entry in
            guard entry.privileges.contains(where: { $0.sql == grant.word }), let glob = entry.target.schema
            else { return false }
            // A pattern means none of the system's.
            func isMeant(_ schema: String) -> Bool {
                glob.matches(schema) && (glob.isExact || !MariaDBHoldings.isSystem(schema: schema))
            }
            func fits(_ schema: ExactText, _ name: ExactText) -> Bool {
                isMeant(schema.description) && entry.target.selection?.contains(name.description) == true
            }
            switch (entry.target, grant.level) {
            case (.schema, .schema(let pattern)):
                guard let schema = schemaPattern.name(pattern) else { return false }
                return isMeant(schema)
            case (.tables, .table(let schema, let name)): return fits(schema, name)
            case (.columns(let columns, _, _), .column(let schema, let table, let column)):
                return fits(schema, table) && columns.contains { ExactText($0) == column }
            case (.routines, .routine(_, let schema, let name)):
                // The server keeps names of routines without case.
                let selection = entry.target.selection
                let folded = NameSelection(
                    names: (selection?.names ?? []).map { Glob($0.pattern.lowercased()) },
                    except: (selection?.except ?? []).map { Glob($0.pattern.lowercased()) })
                return isMeant(schema.description) && folded.contains(name.description)
            default: return false
            }
        }
    }
}

extension MariaDBSchemaPattern {
    /// The one schema that a pattern stands for; nil for one that stands for several.
    func name(_ pattern: ExactText) -> String? {
        if isLiteral { return pattern.description }
        var name = ""
        var isEscaped = false
        for character in pattern.description {
            switch character {
            case "\\" where !isEscaped:
                isEscaped = true
                continue
            case "_" where !isEscaped, "%" where !isEscaped: return nil
            default: name.append(character)
            }
            isEscaped = false
        }
        return name
    }
}
