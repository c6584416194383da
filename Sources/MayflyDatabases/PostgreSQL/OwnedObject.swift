import MayflyCore

/// An object that a role owns, owned, or had made for somebody, as the clean-up module says.
struct OwnedObject: Decodable, Sendable {
    let kind: String
    /// Quoted where it has to be, as PostgreSQL's `pg_identify_object` gives it.
    let identity: String
    /// What is in the way of giving it on without a look; nil when it is plain. Since version 2.
    let objection: String?
    /// The statement that gives it on, without the new owner's name. Since version 2.
    let alter: String?
    /// Who it was given to.
    let owner: String?
    /// Who was granted what on it, in the server's own notation.
    let granted: [String]?

    func line(in database: String) -> String {
        let place = "\(kind) \(identity) in \(database)"
        if let owner { return "\(place) to \(owner)" }
        if let granted { return "\(place), granted: \(granted.joined(separator: ", "))" }
        return objection.map { "\(place): \($0)" } ?? place
    }

    /// A leaser chose the name: one with a line break in it could pass for a statement of its own.
    private var isOneLine: Bool {
        !identity.unicodeScalars.contains {
            $0.properties.generalCategory == .control || $0 == "\u{2028}" || $0 == "\u{2029}"
        }
    }

    /// What a DBA would run. What is plain may go to whoever runs it; for the rest somebody has to choose.
    ///
    /// - Parameter taker: whom the profile names.
    /// - Returns: nil when it cannot be written down: by an older module, or for its name.
    func statement(taker: String?) throws(EngineFailure) -> String? {
        guard let alter, isOneLine else { return nil }
        let owner =
            if let taker { try PostgreSQLQuoting.identifier(taker) } else {
                objection == nil ? "CURRENT_USER" : "…"
            }
        let remark =
            kind == "extension"
            ? "  -- all that the role owns here: an extension has no other way"
            : objection == nil ? "" : "  -- look at it first: it may run code with its new owner's rights"
        return "\(alter)\(owner);\(remark)"
    }

    static func list(_ json: String) throws(EngineFailure) -> [OwnedObject] { try decodeAnswer(json) }
}
