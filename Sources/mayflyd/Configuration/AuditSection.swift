import MayflyCore

/// `audit: { checkpoints: { every: 5m, key_file: /etc/mayfly/checkpoint.key, append_to: [ /mnt/worm/mayfly.jsonl ] } }`
enum AuditSection {
    static let keys = ["checkpoints", "exporters", "keep_days"]
    static let checkpointKeys = ["every", "key_file", "append_to"]

    static func read(_ field: Field, environment: ConfigurationEnvironment) -> AuditTerms? {
        guard let section = Section(field, keys: keys) else { return nil }
        var terms = AuditTerms()
        if let field = section.optional("checkpoints"),
            let section = Section(field, keys: checkpointKeys)
        {
            if let field = section.optional("every"), let every = field.duration() {
                if every.seconds > 86_400 { field.error("\(every) is out of range", fix: "1s to 1d") }
                terms.checkpointEvery = every.seconds
            }
            terms.keyFile = section.optional("key_file").flatMap { readKeyFile($0, environment) }
            terms.appendTo =
                section.optional("append_to")?.list(of: "files")?.compactMap(PathValue.read) ?? []
        }
        terms.keepDays = section.optional("keep_days").flatMap { $0.integer(30...36_500) }
        if let field = section.optional("exporters") {
            terms.exporters = (field.entries(of: "exporters") ?? []).compactMap { name, key, value in
                guard ProfileName.isValid(name) else {
                    key.error(
                        "is not a name for an exporter",
                        fix: "1 to 63 of a-z, 0-9, _ and -, beginning with a letter or digit")
                    return nil
                }
                return AuditExporterSection(environment: environment).read(value, name: name)
            }.sorted { $0.name < $1.name }
        }
        return terms
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
            guard try CheckpointKeyFile.read(path, uid: environment.uid) != nil else {
                field.error(
                    "there is no file \(path.quoted(limit: 80))",
                    fix:
                        "openssl genpkey -algorithm ed25519 -out \(path), as the daemon's user; or leave it out, and the daemon makes one beside the state"
                )
                return nil
            }
        } catch {
            field.error(error.message, fix: error.fix)
            return nil
        }
        return path
    }
}
