import MayflyAPI

/// A password file of libpq: https://www.postgresql.org/docs/current/libpq-pgpass.html
enum PassFile {
    /// The lines for one credential, for every database of its server.
    static func lines(_ credential: Credential) throws -> [String] {
        // libpq looks for "localhost" where the socket's directory is its built-in one.
        let hosts = credential.isSocket ? [credential.host, "localhost"] : [credential.host]
        return try hosts.map { host in
            try [
                field(host), "\(credential.port)", "*", field(credential.username),
                field(credential.password),
            ]
            .joined(separator: ":")
        }
    }

    /// `:` and `\` are escaped with a backslash; a line's end cannot be.
    private static func field(_ text: String) throws -> String {
        try Unwritable.refuse(text, in: "a pgpass file") { $0.isLineEnd }
        return Escaping.scalars(of: text) { $0 == "\\" || $0 == ":" ? "\\\($0)" : nil }
    }
}
