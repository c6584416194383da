extension Scope {
    /// What of a narrowing is certainly no part of this scope, as it was asked for. Nil where it may be one: the server
    /// alone knows what there is, and what the groups have of it.
    package func excluded(of narrowing: Narrowing) -> String? {
        // A level names the tables here that it gives as a whole on the other engines.
        let grants = expanded(for: .postgresql)
        for asked in narrowing.tables {
            let name = DottedName.text([asked.schema, asked.table])
            let columns = grants.compactMap { $0.columns(of: asked) }
            guard !columns.isEmpty else { return name }
            guard !columns.contains(.all), let wanted = asked.columns else { continue }
            let given = Set(columns.flatMap(\.names).map(ExactText.init))
            if let column = wanted.first(where: { !given.contains(ExactText($0)) }) {
                return "\(name).\(DottedName.text([column]))"
            }
        }
        return nil
    }
}

/// What a grant may give of a table.
private enum GivenColumns: Equatable {
    case all
    case some([String])

    var names: [String] {
        switch self {
        case .all: []
        case .some(let names): names
        }
    }
}

extension ScopeGrant {
    fileprivate func columns(of asked: Narrowing.Table) -> GivenColumns? {
        // Of MariaDB's and MySQL's schemas rows are given as a whole too.
        if case .schema(let schema) = target,
            privileges.contains(where: { [.select, .insert, .update, .delete].contains($0) })
        {
            return asked.schema.map(schema.matches) ?? true ? .all : nil
        }
        return target.columns(of: asked)
    }
}

extension ScopeGrant.Target {
    fileprivate func columns(of asked: Narrowing.Table) -> GivenColumns? {
        func fits(_ schema: Glob, _ tables: NameSelection) -> Bool {
            (asked.schema.map(schema.matches) ?? true) && tables.contains(asked.table)
        }
        switch self {
        case .tables(let schema, let tables): return fits(schema, tables) ? .all : nil
        case .columns(let names, let schema, let tables): return fits(schema, tables) ? .some(names) : nil
        case .level, .schema, .sequences, .routines, .databases: return nil
        }
    }
}
