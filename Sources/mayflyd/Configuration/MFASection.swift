import MayflyCore

/// `mfa: { key_file: /etc/mayfly/mfa.key, issuer: "Mayfly prod-eu", attempts: 5 }`
enum MFASection {
    private static let longestIssuer = 64

    /// - Parameter installation: its name stands in the issuer where none is given.
    static func read(_ field: Field, installation: String?, environment: ConfigurationEnvironment)
        -> MFATerms?
    {
        guard let section = Section(field, keys: ["key_file", "issuer", "attempts"]) else { return nil }
        let keyFile = section.required("key_file", fix: "make one: mayflyd mfa new-key /etc/mayfly/mfa.key")
            .flatMap { readKeyFile($0, environment) }
        let issuer = section.optional("issuer").map(readIssuer) ?? "Mayfly \(installation ?? "")"
        let attempts = section.optional("attempts").map { $0.integer(2...20) } ?? MFATerms.defaultAttempts
        guard let keyFile, let issuer, let attempts else { return nil }
        return MFATerms(keyFile: keyFile, issuer: issuer, attempts: attempts)
    }

    private static func readKeyFile(_ field: Field, _ environment: ConfigurationEnvironment) -> String? {
        guard field.isScalar else {
            field.error("the path of a key file is needed, this is \(field.kind)", fix: nil)
            return nil
        }
        // The likeliest mistake is the key in the place of the file's name.
        let confidential = Field(
            path: field.path, node: field.node, problems: field.problems, renamed: field.renamed,
            isConfidential: true)
        guard let path = PathValue.read(confidential) else { return nil }
        do throws(KeyFile.Failure) {
            _ = try KeyFile.read(path, uid: environment.uid)
        } catch {
            field.error(error.message, fix: error.fix)
            return nil
        }
        return path
    }

    /// A colon parts it from the account in what apps read.
    private static func readIssuer(_ field: Field) -> String? {
        guard let text = field.string("a name for apps to show") else { return nil }
        guard text.unicodeScalars.count <= longestIssuer, !text.contains(":") else {
            field.error(
                "\(field.shown(text)) is no issuer",
                fix: "at most \(longestIssuer) characters, without a colon")
            return nil
        }
        return text
    }
}
