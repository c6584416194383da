import Foundation
import MayflyCore

/// `account: { user: mayfly, password_file: /etc/mayfly/orders.password }`
///
/// Nothing that stands here is ever repeated, but for the user's name: the likeliest mistake is a password in
/// the place of the file's name.
enum AccountSection {
    static let sources = ["password_file", "password_env", "password_credential"]

    static func read(
        _ field: Field, engine: EngineKind?, kind: HostList.Kind?, environment: ConfigurationEnvironment
    ) -> DatabaseDefinition.Account? {
        var field = field
        field.isConfidential = true
        guard let section = Section(field, keys: ["user", "host"] + sources) else { return nil }
        let user = section.required("user", fix: "the broker's account on the server, such as mayfly")
            .flatMap { ServerName.read($0, "the account's name", most: (engine ?? .postgresql).accountLimit) }
        let given = sources.filter { section.optional($0) != nil }
        if given.count > 1 {
            field.error("has \(given.joined(separator: " and "))", fix: "keep one of them")
        }
        // Each is looked at, also where there is one too many.
        let found = given.map { source in
            section.optional(source).flatMap { read($0, source: source, environment) }
        }
        if given.isEmpty, let kind, kind != .socket {
            field.error(
                "has no password",
                fix:
                    "password_file: /etc/mayfly/NAME.password (or \(sources.dropFirst().joined(separator: ", ")));"
                    + " only over a Unix socket may it be left out (peer authentication)")
            return nil
        }
        let host = section.optional("host")
        if engine == .postgresql {
            host?.error("means nothing on postgresql", fix: "remove it; pg_hba.conf says from where")
        }
        let from = host.map(AccountHost.read)
        guard let user, given.count <= 1, from != .some(nil) else { return nil }
        guard let source = given.isEmpty ? DatabaseDefinition.PasswordSource.none : found[0] else {
            return nil
        }
        return DatabaseDefinition.Account(user: user, host: from ?? nil, password: source)
    }

    private static func read(
        _ field: Field, source: String, _ environment: ConfigurationEnvironment
    ) -> DatabaseDefinition.PasswordSource? {
        switch source {
        case "password_file": file(field, environment)
        case "password_env": variable(field, environment)
        default: credential(field, environment)
        }
    }

    private static func file(
        _ field: Field, _ environment: ConfigurationEnvironment
    ) -> DatabaseDefinition.PasswordSource? {
        guard let text = field.string("a path") else { return nil }
        guard text.hasPrefix("/") else {
            field.error(
                "is not an absolute path (value not shown)",
                fix: "the path of a file that holds the password, not the password")
            return nil
        }
        guard let path = PathValue.read(field) else { return nil }
        // A path is shown where it leads somewhere; something else that begins with / may be a password.
        let directory = (path as NSString).deletingLastPathComponent
        let isPlace = directory != "/" && FileManager.default.fileExists(atPath: directory)
        let shown = isPlace ? path.quoted() : "of that name (value not shown)"
        if let objection = SecretFile.objection(toPath: path, shown: shown, uid: environment.uid) {
            field.error(objection.message, fix: objection.fix)
            return nil
        }
        return .file(path)
    }

    private static func variable(
        _ field: Field, _ environment: ConfigurationEnvironment
    ) -> DatabaseDefinition.PasswordSource? {
        guard let name = field.string("the name of an environment variable") else { return nil }
        let isName =
            name.first?.isNumber != true
            && name.utf8.allSatisfy { (65...90).contains($0) || (48...57).contains($0) || $0 == 95 }
        guard isName else {
            field.error(
                "is not the name of an environment variable (value not shown)",
                fix: "capital letters, digits and _; the variable holds the password, not this file")
            return nil
        }
        guard let value = environment.variables[name], !value.isEmpty else {
            field.error(
                "the environment variable is not set", fix: "set it for the daemon, or use password_file")
            return nil
        }
        return .environment(name)
    }

    private static func credential(
        _ field: Field, _ environment: ConfigurationEnvironment
    ) -> DatabaseDefinition.PasswordSource? {
        guard let name = field.string("the name of a systemd credential") else { return nil }
        let isName =
            name.utf8.allSatisfy {
                (65...90).contains($0) || (97...122).contains($0) || (48...57).contains($0)
                    || [45, 46, 95].contains($0)
            } && !name.hasPrefix(".")
        guard isName else {
            field.error(
                "is not the name of a systemd credential (value not shown)",
                fix: "the name on the left side of LoadCredential=, without a path")
            return nil
        }
        guard let directory = environment.variables["CREDENTIALS_DIRECTORY"], directory.hasPrefix("/") else {
            field.error(
                "there are no systemd credentials here (CREDENTIALS_DIRECTORY is not set)",
                fix: "start under systemd with LoadCredential=, or set CREDENTIALS_DIRECTORY to check by hand"
            )
            return nil
        }
        if let objection = SecretFile.objection(
            toPath: directory + "/" + name, shown: "of that name in CREDENTIALS_DIRECTORY",
            uid: environment.uid,
            managed: true)
        {
            field.error(objection.message, fix: objection.fix)
            return nil
        }
        return .systemdCredential(name)
    }
}
