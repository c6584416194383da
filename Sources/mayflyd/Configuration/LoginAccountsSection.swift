import MayflyCore

/// `account_host: 10.1.%` and `authentication: native`: how login roles are made on MariaDB and MySQL.
struct LoginAccountsSection {
    private var host: String?
    private var authentication: DatabaseDefinition.Authentication?

    /// What was configured, with the rest as it is by default; nil when nothing was.
    func accounts(or usual: DatabaseDefinition.LoginAccounts) -> DatabaseDefinition.LoginAccounts? {
        guard host != nil || authentication != nil else { return nil }
        return .init(host: host ?? usual.host, authentication: authentication ?? usual.authentication)
    }

    static func read(_ section: Section, engine: EngineKind?) -> LoginAccountsSection {
        var result = LoginAccountsSection()
        if let field = section.optional("account_host") {
            if engine == .postgresql {
                field.error("means nothing on postgresql", fix: "remove it; pg_hba.conf says from where")
            } else {
                result.host = AccountHost.read(field)
            }
        }
        if let field = section.optional("authentication") {
            switch engine {
            case .mariadb, nil: result.authentication = readAuthentication(field)
            case .postgresql, .mysql:
                field.error(
                    "means nothing on \(engine?.rawValue ?? "")", fix: "remove it: there is but one method")
            }
        }
        return result
    }

    private static func readAuthentication(_ field: Field) -> DatabaseDefinition.Authentication? {
        guard let text = field.string("a method") else { return nil }
        guard let method = DatabaseDefinition.Authentication(rawValue: text) else {
            field.error("\(field.shown(text)) is not a method", fix: "native or ed25519")
            return nil
        }
        return method
    }
}

/// The host part of an account's name on MariaDB and MySQL.
enum AccountHost {
    /// A name, an address, a pattern or a netmask.
    static func read(_ field: Field) -> String? {
        guard let text = field.string("a host") else { return nil }
        guard text.wholeMatch(of: /[A-Za-z0-9.:_%\/\-]{1,255}/) != nil else {
            field.error(
                "\(field.shown(text)) cannot be the host part of an account",
                fix: "such as 10.1.%, 192.168.0.0/255.255.0.0, %.example.com, localhost, or % for everywhere")
            return nil
        }
        return text
    }
}
