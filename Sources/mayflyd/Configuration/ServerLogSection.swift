import MayflyCore

/// `server_log: { path: "/var/log/postgresql/*.json", format: jsonlog }`
enum ServerLogSection {
    static func read(_ field: Field, _ engine: EngineKind?) -> ServerLogSource? {
        guard let section = Section(field, keys: ["path", "format"]) else { return nil }
        if let engine, engine != .postgresql {
            field.error(
                "the log of \(engine.rawValue) is not read",
                fix: "remove it; statements: digests says what was run")
            return nil
        }
        let format = section.required("format", fix: "format: jsonlog (15 and later), or csvlog").flatMap {
            ChoiceField.read($0, "a format of PostgreSQL's log", ServerLogSource.Format.self)
        }
        guard let place = section.required("path", fix: "path: \"/var/log/postgresql/*.json\""),
            let path = PathValue.read(place), let format
        else { return nil }
        let slash = path.lastIndex(of: "/") ?? path.startIndex
        let (parent, name) = (String(path[..<slash]), String(path[path.index(after: slash)...]))
        guard !parent.contains("*") else {
            place.error(
                "\(place.shown(path)) has a * in a directory's name", fix: "a * in the file's name only")
            return nil
        }
        // A name without an ending is a directory's: its files are named as the server names them.
        guard name.contains("*") || name.contains(".") else {
            return ServerLogSource(directory: path, names: Glob("*" + format.suffix), format: format)
        }
        return ServerLogSource(directory: parent.isEmpty ? "/" : parent, names: Glob(name), format: format)
    }
}
