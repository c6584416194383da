import Foundation
import MayflyCore
import MayflyTokens

/// `identity_issuers: { github: { issuer: https://…, audience: …, algorithms: [ RS256 ], jwks_file: … } }`, and
/// `approval_authorities`, which are the same.
struct SignerSection {
    static let keys = [
        "issuer", "audience", "algorithms", "jwks_file", "jwks_url", "ca", "clock_skew", "max_lifetime",
    ]
    private static let longestSkew = 300

    /// What one of them is called in messages.
    let what: String
    let environment: ConfigurationEnvironment

    func readAll(_ field: Field) -> [TrustedSigner]? {
        guard let entries = field.entries(of: what + "s") else { return nil }
        var owners: [String: String] = [:]
        return entries.compactMap { name, key, value in
            guard ProfileName.isValid(name) else {
                key.error(
                    "is not a name for an \(what)",
                    fix: "1 to 63 of a-z, 0-9, _ and -, beginning with a letter or digit")
                return nil
            }
            return read(name, value, &owners)
        }
    }

    private func read(_ name: String, _ field: Field, _ owners: inout [String: String]) -> TrustedSigner? {
        guard let section = Section(field, keys: Self.keys) else { return nil }
        let issuer = section.required("issuer", fix: "what its tokens say as `iss`, to the letter")
            .flatMap { $0.string("what its tokens say as `iss`") }
        if let issuer, let owner = owners.updateValue(name, forKey: issuer) {
            section.optional("issuer")?.error(
                "is also that of \(owner)", fix: "which keys are to be taken must be plain")
        }
        let audience = section.required(
            "audience", fix: "what its tokens say as `aud`, such as mayfly and the installation's name"
        )
        .flatMap { $0.string("what its tokens say as `aud`") }
        let algorithms = section.required("algorithms", fix: "algorithms: [ RS256 ]").flatMap(readAlgorithms)
        let keys = readKeys(section)
        let skew = section.optional("clock_skew").map(readSkew) ?? TrustedSigner.defaultClockSkew
        let lifetime =
            section.optional("max_lifetime").map { $0.duration()?.seconds }
            ?? TrustedSigner.defaultMaxLifetime
        guard let issuer, let audience, let algorithms, let keys, let skew, let lifetime else { return nil }
        return TrustedSigner(
            name: name, issuer: issuer, audience: audience, algorithms: algorithms, keys: keys,
            clockSkew: skew, maxLifetime: lifetime)
    }

    private func readAlgorithms(_ field: Field) -> [SignatureAlgorithm]? {
        guard let items = field.list(of: "algorithms") else { return nil }
        let known = SignatureAlgorithm.allCases.map(\.rawValue)
        let algorithms = items.compactMap { item -> SignatureAlgorithm? in
            guard let text = item.string("an algorithm") else { return nil }
            if let algorithm = SignatureAlgorithm(rawValue: text) { return algorithm }
            let upper = text.uppercased()
            let why =
                upper == "NONE"
                ? " would take tokens that nobody signed"
                : upper.hasPrefix("HS")
                    ? " would take tokens that whoever verifies them can make" : " is not taken"
            item.error("\(item.shown(text))\(why)", fix: known.joined(separator: ", "))
            return nil
        }
        return algorithms.count == items.count ? algorithms : nil
    }

    private func readKeys(_ section: Section) -> KeyLocation? {
        let ca = section.optional("ca")
        switch (section.optional("jwks_file"), section.optional("jwks_url")) {
        case (let file?, nil):
            ca?.error("means nothing beside jwks_file", fix: "remove it")
            return readFile(file)
        case (nil, let url?): return readURL(url, ca: ca)
        case (_?, let url?):
            url.error("and jwks_file exclude each other", fix: "keep one")
            return nil
        case (nil, nil):
            section.field.child("jwks_url", section.field.node).error(
                "is missing", fix: "jwks_url: https://…, or jwks_file: /etc/mayfly/….json")
            return nil
        }
    }

    private func readFile(_ field: Field) -> KeyLocation? {
        guard let path = PathValue.read(field) else { return nil }
        do throws(KeySetFailure) {
            try KeySet.check(try KeySetFile(path: path).read(uid: environment.uid))
            return .file(path)
        } catch {
            field.error(
                "\(field.shown(path)): \(error)",
                fix: "a JSON Web Key Set, of root or the daemon's user, whom alone it is to write")
            return nil
        }
    }

    private func readURL(_ field: Field, ca: Field?) -> KeyLocation? {
        let path = ca.map(TLSSection.readCA)
        guard let text = field.string("a URL") else { return nil }
        guard let url = URLComponents(string: text), url.scheme == "https", let host = url.host,
            !host.isEmpty,
            url.user == nil, url.password == nil, url.fragment == nil
        else {
            field.error(
                "\(field.shown(text)) is not a URL for keys",
                fix: "https://HOST/PATH: who can change keys on their way, decides who people are")
            return nil
        }
        guard path != .some(nil) else { return nil }
        return .url(text, ca: path ?? nil)
    }

    private func readSkew(_ field: Field) -> Int? {
        guard let skew = field.duration() else { return nil }
        guard skew.seconds <= Self.longestSkew else {
            field.error("\(skew) is more than clocks may differ", fix: "5m or less; set the clocks")
            return nil
        }
        return skew.seconds
    }
}
