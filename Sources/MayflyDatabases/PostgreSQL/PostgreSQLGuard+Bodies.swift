package import MayflyCrypto

extension PostgreSQLGuard.Module {
    /// The digest of each function's body as the server stores it (`pg_proc.prosrc`), by the function's name.
    ///
    /// Read out of the script itself, so that there is one truth. No name is overloaded.
    package func bodyDigests() throws(CryptoFailure) -> [String: String] {
        var digests: [String: String] = [:]
        for (name, body) in bodies() {
            digests[name] = try SHA256Digest(hashing: Array(body.utf8)).hex
        }
        return digests
    }

    /// Bodies stand between `AS $$` and `$$`, or between quotes, where a quote is doubled.
    func bodies() -> [(name: String, body: String)] {
        let pattern =
            /CREATE FUNCTION (?<name>[a-z0-9_.]+)\((?s:.*?)\bAS\s+(?:\$\$(?<dollar>(?s:.*?))\$\$|'(?<quoted>(?:[^']|'')*)')/
        return template.matches(of: pattern).map { match in
            let body =
                match.output.dollar.map(String.init)
                ?? match.output.quoted.map { String($0).replacing("''", with: "'") } ?? ""
            return (String(match.output.name), body)
        }
    }
}
