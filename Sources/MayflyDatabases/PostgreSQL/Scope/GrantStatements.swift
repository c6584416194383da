import MayflyCore

/// GRANT and REVOKE for a group role, as few and as plain as can be: objects of one schema that get the same share a
/// statement.
struct GrantStatements {
    /// Objects in one statement.
    private static let most = 50

    /// The group role, quoted.
    let group: String

    init(group: String) throws(EngineFailure) { self.group = try PostgreSQLQuoting.identifier(group) }

    func grant(_ privileges: [HeldPrivilege]) throws(EngineFailure) -> [String] {
        try statements(privileges) { (what, objects) in "GRANT \(what) ON \(objects) TO \(group)" }
    }

    func revoke(_ privileges: [HeldPrivilege]) throws(EngineFailure) -> [String] {
        try statements(privileges) { (what, objects) in "REVOKE \(what) ON \(objects) FROM \(group)" }
    }

    /// The right to hand on, not the privilege.
    func revokeGrantOption(_ privileges: [HeldPrivilege]) throws(EngineFailure) -> [String] {
        try statements(privileges) { (what, objects) in
            "REVOKE GRANT OPTION FOR \(what) ON \(objects) FROM \(group)"
        }
    }

    /// Default privileges of one owner after the other.
    func defaults(
        _ privileges: [DefaultPrivilege], revoking: Bool, grantOptionOnly: Bool = false
    ) throws(EngineFailure) -> [String] {
        var lists: [(head: String, words: [String], tail: String)] = []
        for privilege in privileges.sorted() {
            let owner = try PostgreSQLQuoting.identifier(privilege.owner)
            var head = "ALTER DEFAULT PRIVILEGES FOR ROLE \(owner)"
            if let schema = privilege.schema {
                head += " IN SCHEMA \(try PostgreSQLQuoting.identifier(schema))"
            }
            head += revoking ? " REVOKE " : " GRANT "
            if grantOptionOnly { head += "GRANT OPTION FOR " }
            let tail = " ON \(Self.plural(privilege.kind)) \(revoking ? "FROM" : "TO") \(group)"
            if let last = lists.last, ExactText(last.head) == ExactText(head), last.tail == tail {
                lists[lists.count - 1].words.append(privilege.privilege.sql)
            } else {
                lists.append((head, [privilege.privilege.sql], tail))
            }
        }
        return lists.map { $0.head + $0.words.joined(separator: ", ") + $0.tail }
    }

    /// `"sales"."orders"`, with what kind of object it is.
    static func object(_ object: DatabaseObject) throws(EngineFailure) -> String {
        let name = try PostgreSQLQuoting.identifier(object.name)
        guard let schema = object.schema, object.kind != .schema else { return name }
        let path = try PostgreSQLQuoting.identifier(schema) + "." + name
        guard object.kind == .routine else { return path }
        // What reads as types, quotes and all: nothing else becomes a signature.
        guard let signature = RoutineSignature(name: object.name, arguments: object.arguments ?? "") else {
            throw EngineFailure(.invalid, "the arguments of \(object.name.quoted()) are no types")
        }
        return "\(path)(\(signature.arguments))"
    }

    static func word(_ kind: ObjectKind) -> String {
        switch kind {
        case .database: "DATABASE"
        case .schema: "SCHEMA"
        case .table: "TABLE"
        case .sequence: "SEQUENCE"
        case .routine: "ROUTINE"
        }
    }

    static func plural(_ kind: ObjectKind) -> String {
        switch kind {
        case .database: "DATABASES"
        case .schema: "SCHEMAS"
        case .table: "TABLES"
        case .sequence: "SEQUENCES"
        case .routine: "ROUTINES"
        }
    }

    private func statements(
        _ privileges: [HeldPrivilege], _ write: (_ what: String, _ objects: String) -> String
    ) throws(EngineFailure) -> [String] {
        var order: [DatabaseObject] = []
        var byObject: [DatabaseObject: [HeldPrivilege]] = [:]
        for privilege in privileges.sorted() {
            if byObject[privilege.object] == nil { order.append(privilege.object) }
            byObject[privilege.object, default: []].append(privilege)
        }
        // In the order of the objects: those that follow each other and get the same go together.
        var lists: [(what: ExactText, kind: ObjectKind, schema: ExactText, objects: [String])] = []
        for object in order {
            let what = ExactText(try Self.what(byObject[object] ?? []))
            let schema = ExactText(object.kind == .schema ? "" : object.schema ?? "")
            let name = try Self.object(object)
            if let index = lists.lastIndex(where: {
                $0.what == what && $0.kind == object.kind && $0.schema == schema
                    && $0.objects.count < Self.most
            }) {
                lists[index].objects.append(name)
            } else {
                lists.append((what, object.kind, schema, [name]))
            }
        }
        return lists.map {
            write($0.what.description, Self.word($0.kind) + " " + $0.objects.joined(separator: ", "))
        }
    }

    /// `SELECT, INSERT ("id", "name")`.
    private static func what(_ privileges: [HeldPrivilege]) throws(EngineFailure) -> String {
        var words: [String] = []
        for privilege in Set(privileges.map(\.privilege)).sorted() {
            let same = privileges.filter { $0.privilege == privilege }
            var columns: [String] = []
            for column in same.compactMap(\.column) {
                columns.append(try PostgreSQLQuoting.identifier(column))
            }
            if same.contains(where: { $0.column == nil }) { words.append(privilege.sql) }
            if !columns.isEmpty { words.append("\(privilege.sql) (\(columns.joined(separator: ", ")))") }
        }
        return words.joined(separator: ", ")
    }
}
