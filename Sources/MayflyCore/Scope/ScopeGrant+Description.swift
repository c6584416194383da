extension ScopeGrant: CustomStringConvertible {
    /// `select, insert on tables orders, inv_* except *_private in schema sales`; for people, never part of a statement.
    package var description: String {
        let what = privileges.map(\.rawValue).joined(separator: ", ")
        let place = database.map { " of database \($0)" } ?? ""
        let later =
            switch future {
            case .none: ""
            case .ofSchemaOwner: ", and what the schema's owner makes later"
            case .of(let owners): ", and what \(owners.joined(separator: ", ")) makes later"
            }
        func named(_ kind: String, _ schema: Glob, _ selection: NameSelection) -> String {
            let names = selection.isAll ? "all \(kind)" : "\(kind) \(selection)"
            return "\(what) on \(names) in schema \(schema)\(place)\(later)"
        }
        switch target {
        case .level(let level, let schema): return "\(level) on schema \(schema)\(place)\(later)"
        case .schema(let schema): return "\(what) on schema \(schema)\(place)"
        case .tables(let schema, let selection): return named("tables", schema, selection)
        case .columns(let columns, let schema, let selection):
            return
                "\(what) on columns \(columns.joined(separator: ", ")) of tables \(selection) in schema \(schema)\(place)"
        case .sequences(let schema, let selection): return named("sequences", schema, selection)
        case .routines(let schema, let selection): return named("routines", schema, selection)
        case .databases(let names): return "\(what) on databases \(names.joined(separator: ", "))"
        }
    }
}

extension Scope {
    /// Each entry, levels with what they stand for on the engine.
    package func lines(for engine: EngineKind) -> [String] {
        grants.flatMap { grant in
            guard case .level = grant.target else { return [grant.description] }
            return [grant.description + ", which is:"] + grant.expanded(for: engine).map { "  \($0)" }
        }
    }
}
