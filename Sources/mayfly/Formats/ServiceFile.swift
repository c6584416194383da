import MayflyAPI

/// A section of a connection service file: https://www.postgresql.org/docs/current/libpq-pgservice.html
enum ServiceFile {
    static func lines(_ credential: Credential, name: String) throws -> [String] {
        var values = [
            ("host", credential.host), ("port", "\(credential.port)"), ("dbname", credential.database),
            ("user", credential.username), ("password", credential.password),
            ("sslmode", credential.tls.mode.rawValue),
        ]
        if let ca = credential.tls.ca { values.append(("sslrootcert", ca)) }
        return try ["[\(name)]"]
            + values.map { key, value in
                // There is no quoting: a value goes to the end of its line, less the spaces there.
                try Unwritable.refuse(value, in: "a service file") { $0.isLineEnd }
                if value.unicodeScalars.last?.properties.isWhitespace == true {
                    try Unwritable.refuse(value, in: "a service file") { $0.properties.isWhitespace }
                }
                return "\(key)=\(value)"
            }
    }
}
