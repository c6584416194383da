import HTTPTypes
import MayflyCore

/// The `Authorization` header: `Bearer`, a blank, and a token (RFC 6750, section 2.1), once.
enum BearerToken {
    /// - Returns: nil when there is no such header. What is there is a token or an error, never passed over: who brings
    ///   one means to be its bearer.
    static func read(_ headers: HTTPFields) throws(TokenFailure) -> String? {
        let values = headers[values: .authorization]
        guard let value = values.first else { return nil }
        let parts = value.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        guard values.count == 1, parts.count == 2, parts[0].lowercased() == "bearer", !parts[1].isEmpty,
            parts[1].utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { throw .header }
        return String(parts[1])
    }
}
