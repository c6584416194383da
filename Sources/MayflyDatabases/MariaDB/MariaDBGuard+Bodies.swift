package import MayflyCrypto

extension MariaDBGuard.Module {
    /// The digest of each routine's body as the server stores it, by the routine's name (`mayfly.issue`).
    ///
    /// Read out of the script itself, so that there is one truth. No name is that of a procedure and a function. There
    /// are no comments within bodies: the clients take them out, unless they are told not to.
    package func bodyDigests() throws(CryptoFailure) -> [String: String] {
        var digests: [String: String] = [:]
        for (name, body) in bodies() {
            digests[name] = try SHA256Digest(hashing: Array(body.utf8)).hex
        }
        return digests
    }

    /// A body begins with BEGIN or RETURN on a line of its own, and ends at the delimiter.
    package func bodies() -> [(name: String, body: String)] {
        let pattern =
            /CREATE DEFINER = mayfly_guard@localhost (?:PROCEDURE|FUNCTION) (?<name>mayfly\.[a-z0-9_]+)\((?s:.*?)\n *(?<body>(?:BEGIN|RETURN)\b(?s:.*?))\/\/\n/
        return template.matches(of: pattern).map { match in
            let body = String(match.output.body)
            return (String(match.output.name), self == .mysql ? Self.asMySQLShows(body) : body)
        }
    }

    /// What is between quotes comes out of `information_schema.ROUTINES` as the value that it stands for, though still
    /// between its quotes.
    private static func asMySQLShows(_ body: String) -> String {
        var result = ""
        var isQuoted = false
        var rest = body[...]
        while let character = rest.popFirst() {
            if isQuoted, let next = rest.first, next == character, "'\\".contains(character) {
                rest.removeFirst()
            } else if character == "'" {
                isQuoted.toggle()
            }
            result.append(character)
        }
        return result
    }

    /// The procedures that the script lets the broker's account call.
    package func callableRoutines() -> Set<String> {
        Set(
            template.matches(of: /GRANT EXECUTE ON PROCEDURE mayfly\.`?([a-z_]+)`? TO/).map {
                "mayfly.\($0.output.1)"
            })
    }
}
