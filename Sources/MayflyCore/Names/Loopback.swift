/// Which hosts are this machine itself: what goes there passes nobody.
package enum Loopback {
    /// `localhost`, `::1`, and all of `127.0.0.0/8` (RFC 1122, 3.2.1.3).
    package static func contains(_ host: String) -> Bool {
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
