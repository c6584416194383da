/// A pattern for identities in the configuration: `user:alice`, `group:dba`, `uid:1001`, `sub:github:repo:acme/*`,
/// claims of a token, or `anyone`.
///
/// The token decides: with one, only subjects and claims match. Without one, `user`, `group`, `uid` and `anyone`.
package enum Principal: Hashable, Sendable, CustomStringConvertible {
    case user(String)
    case group(String)
    case uid(UInt32)
    /// Tokens of a configured issuer, by their subject.
    case subject(issuer: String, Glob)
    /// Tokens of a configured issuer, by claims that must all be there and fit.
    case claims(issuer: String, [String: ClaimPattern])
    /// Everybody without a token. Tokens are named by what they say: where an issuer makes them for the asking, one
    /// caller could be any number of people, each with quotas of their own.
    case anyone

    /// All but claims, which are a mapping in the configuration.
    package init?(_ text: String) {
        if text == "anyone" {
            self = .anyone
            return
        }
        guard let colon = text.firstIndex(of: ":") else { return nil }
        let value = String(text[text.index(after: colon)...])
        guard !value.isEmpty, !value.contains(where: \.isWhitespace) else { return nil }
        if text[..<colon] == "sub" {
            guard let (issuer, subject) = Self.issuerAndSubject(value) else { return nil }
            self = .subject(issuer: issuer, Glob(subject))
            return
        }
        guard !value.contains(":") else { return nil }
        switch text[..<colon] {
        case "user": self = .user(value)
        case "group": self = .group(value)
        case "uid":
            guard let uid = UInt32(value) else { return nil }
            self = .uid(uid)
        default: return nil
        }
    }

    /// A subject may hold colons, an issuer's name has none.
    private static func issuerAndSubject(_ text: String) -> (issuer: String, subject: String)? {
        guard let colon = text.firstIndex(of: ":") else { return nil }
        let (issuer, subject) = (String(text[..<colon]), String(text[text.index(after: colon)...]))
        return issuer.isEmpty || subject.isEmpty ? nil : (issuer, subject)
    }

    package func matches(_ identity: Identity) -> Bool {
        switch (self, identity.token) {
        case (.anyone, nil): true
        case (.user(let name), nil): identity.user == name
        case (.group(let name), nil): identity.groups.contains(name)
        case (.uid(let uid), nil): identity.uid == uid
        case (.subject(let issuer, let subject), let token?):
            token.issuer == issuer && subject.matches(token.subject)
        case (.claims(let issuer, let patterns), let token?):
            token.issuer == issuer && !patterns.isEmpty
                && patterns.allSatisfy { name, pattern in token.claims[name].map(pattern.matches) == true }
        case (.user, _?), (.group, _?), (.uid, _?), (.anyone, _?), (.subject, nil), (.claims, nil): false
        }
    }

    /// The issuer whose tokens it is about.
    package var issuer: String? {
        switch self {
        case .subject(let issuer, _), .claims(let issuer, _): issuer
        case .user, .group, .uid, .anyone: nil
        }
    }

    package var description: String {
        switch self {
        case .user(let name): "user:\(name)"
        case .group(let name): "group:\(name)"
        case .uid(let uid): "uid:\(uid)"
        case .subject(let issuer, let subject): "sub:\(issuer):\(subject)"
        case .claims(let issuer, let patterns):
            "\(issuer){\(patterns.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ", "))}"
        case .anyone: "anyone"
        }
    }
}

/// As in the configuration: a string, or a mapping with `issuer` and `claims`.
extension Principal: Codable {
    private struct Claims: Codable {
        var issuer: String
        var claims: [String: ClaimPattern]
    }

    package init(from decoder: any Decoder) throws {
        if let claims = try? Claims(from: decoder) {
            self = .claims(issuer: claims.issuer, claims.claims)
            return
        }
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let principal = Principal(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "not a principal: \(text.quoted())"))
        }
        self = principal
    }

    package func encode(to encoder: any Encoder) throws {
        if case .claims(let issuer, let claims) = self {
            try Claims(issuer: issuer, claims: claims).encode(to: encoder)
            return
        }
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
