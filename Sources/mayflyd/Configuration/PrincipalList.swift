import MayflyCore

/// `[ "group:developers", "user:ci", "uid:1001", "sub:github:repo:acme/*", { issuer: github, claims: { ref: … } } ]`
struct PrincipalList {
    /// Everybody who reaches the socket.
    var allowsAnyone = false
    /// Bearers of tokens.
    var allowsTokens = false
    /// The names under `identity_issuers`; nil where they are not known.
    var issuers: [String]?

    /// People with rights over others: no jobs, and not everybody.
    static let officers = PrincipalList()

    func read(_ field: Field, allowEmpty: Bool = false) -> [Principal]? {
        guard let items = field.list(of: "people", allowEmpty: allowEmpty) else { return nil }
        let principals = items.compactMap(readOne)
        // A list that lacks somebody says something else.
        return principals.count == items.count ? principals : nil
    }

    func readOne(_ item: Field) -> Principal? {
        if !item.isScalar, allowsTokens { return readClaims(item) }
        guard let text = item.string("a person or group") else { return nil }
        guard let principal = Principal(text) else {
            item.error("\(item.shown(text)) names nobody", fix: forms)
            return nil
        }
        guard allowsAnyone || principal != .anyone else {
            item.error("anyone is too many here", fix: "name a group")
            return nil
        }
        guard let issuer = principal.issuer else { return principal }
        guard allowsTokens else {
            item.error("\(item.shown(text)) is a job, and jobs may not do this", fix: "name people: \(forms)")
            return nil
        }
        return isKnown(issuer, item) ? principal : nil
    }

    private var forms: String {
        "\"user:NAME\", \"group:NAME\", \"uid:NUMBER\""
            + (allowsTokens ? ", \"sub:ISSUER:SUBJECT\", { issuer: …, claims: { … } }" : "")
            + (allowsAnyone ? " or anyone" : "")
    }

    private func readClaims(_ field: Field) -> Principal? {
        guard let section = Section(field, keys: ["issuer", "claims"]) else { return nil }
        let issuer = section.required("issuer", fix: "a name under identity_issuers")
            .flatMap { value in
                value.string("the name of an issuer").flatMap { isKnown($0, value) ? $0 : nil }
            }
        let entries = section.required("claims", fix: "claims: { repository: \"acme/*\" }")?.entries(
            of: "claims")
        if let entries, entries.isEmpty {
            section.optional("claims")?.error(
                "names no claim", fix: "without one every token of the issuer would fit")
            return nil
        }
        var claims: [String: ClaimPattern] = [:]
        for (name, _, value) in entries ?? [] {
            guard let pattern = Self.readPattern(value) else { return nil }
            claims[name] = pattern
        }
        guard let issuer, !claims.isEmpty else { return nil }
        return .claims(issuer: issuer, claims)
    }

    /// Text unless it is written as a number or a truth value: the claim has to be of that type too.
    private static func readPattern(_ field: Field) -> ClaimPattern? {
        switch field.kind {
        case "a truth value": return field.truth().map { .bool($0) }
        case "a whole number", "a number":
            return field.scalar("a number").flatMap { Double($0) }.map { .number($0) }
        default: return field.string("a text, * for any characters").map { .text(Glob($0)) }
        }
    }

    private func isKnown(_ issuer: String, _ field: Field) -> Bool {
        guard let issuers, !issuers.contains(issuer) else { return true }
        field.error(
            "no issuer is called \(field.shown(issuer))",
            fix: Spelling.nearest(to: issuer, among: issuers).map { "did you mean \($0)?" }
                ?? (issuers.isEmpty
                    ? "add it under identity_issuers"
                    : "under identity_issuers there are: \(issuers.sorted().joined(separator: ", "))"))
        return false
    }
}
