extension PostgreSQLParameters {
    /// C strings end at a NUL, and libpq splits hosts at commas: neither may be in what we pass.
    func validate() throws(PostgreSQLError) {
        guard !hosts.isEmpty else { throw .invalidValue("no host") }
        guard (1...65_535).contains(port) else { throw .invalidValue("port \(port)") }
        let texts =
            [("user", user), ("database", database), ("application name", applicationName)]
            + hosts.map { ("host", $0) } + settings.map { ("setting", $0.key + $0.value) }
        for (name, text) in texts {
            guard !text.isEmpty else { throw .invalidValue("\(name) is empty") }
            guard !text.utf8.contains(0) else { throw .invalidValue("\(name) contains NUL") }
        }
        for host in hosts where host.contains(",") {
            throw .invalidValue("a host contains a comma")
        }
        if let password, password.containsNUL { throw .invalidValue("the password contains NUL") }
    }
}
