extension PostgreSQLParameters {
    /// A path that cannot exist, so that files in the home directory of whoever runs us never matter.
    ///
    /// Not `/dev/null` itself: libpq warns on stderr about a password file which is not a plain file.
    private static let nowhere = "/dev/null/none"

    /// libpq's keywords and values for one host, all but the password.
    ///
    /// Everything that a variable of the environment or a file could set is set here.
    /// https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
    func keywords(host: String) -> [(String, String)] {
        var result = [
            ("host", host), ("port", String(port)), ("dbname", database), ("user", user),
            ("application_name", applicationName), ("client_encoding", "UTF8"),
            ("passfile", Self.nowhere), ("sslcert", Self.nowhere), ("sslkey", Self.nowhere),
            ("sslcrl", Self.nowhere), ("gssencmode", "disable"), ("target_session_attrs", "any"),
            ("channel_binding", "prefer"), ("sslcompression", "0"), ("ssl_min_protocol_version", "TLSv1.2"),
            ("keepalives", "1"), ("keepalives_idle", "30"), ("keepalives_interval", "10"),
            ("keepalives_count", "3"), ("options", options),
        ]
        switch tls {
        case .verifyFull(let ca): result += [("sslmode", "verify-full"), ("sslrootcert", ca)]
        case .verifyCA(let ca): result += [("sslmode", "verify-ca"), ("sslrootcert", ca)]
        case .require: result += [("sslmode", "require"), ("sslrootcert", Self.nowhere)]
        case .disable: result += [("sslmode", "disable"), ("sslrootcert", Self.nowhere)]
        }
        return result
    }

    /// The session's settings. `DateStyle` and `TimeZone` are ours, whatever the account's are.
    ///
    /// In `options` a backslash makes the next character literal, and a space ends an argument.
    private var options: String {
        let all = ["DateStyle": "ISO", "TimeZone": "UTC"].merging(settings) { _, own in own }
        return all.sorted { $0.key < $1.key }.map { name, value in
            var escaped = ""
            for character in value {
                if character == "\\" || character.isWhitespace { escaped.append("\\") }
                escaped.append(character)
            }
            return "-c \(name)=\(escaped)"
        }.joined(separator: " ")
    }
}
