extension Credential: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Safe to show to anyone: without the password.
    public var description: String { "credential of \(username) for \(database) at \(host):\(port)" }

    /// As `description`: a password is no debugging aid.
    public var debugDescription: String { description }

    /// Keeps `dump` and string interpolation of a type that holds a credential from reaching the password.
    public var customMirror: Mirror {
        Mirror(self, children: ["username": username, "database": database, "host": host, "port": port])
    }
}
