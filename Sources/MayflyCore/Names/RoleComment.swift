package import Foundation

/// What a guard writes on a PostgreSQL role, for everybody to read (`\du+`):
///
///     mayfly installation=prod lease=9a7dff07-… until=2026-11-30T16:35:39Z requester=alice
///
/// Whoever may comment on a role may write such a line: it tells what to look for, and proves nothing.
package struct RoleComment: Hashable, Sendable {
    package let installation: String
    package let lease: LeaseID
    /// Nil where it is no moment.
    package let until: Date?
    package let requester: String

    /// Nil for a comment of another kind.
    package init?(_ text: String) {
        var parts = text.split(separator: " ", maxSplits: 4, omittingEmptySubsequences: false)[...]
        guard parts.popFirst() == "mayfly", parts.count == 4 else { return nil }
        var values: [Substring] = []
        for key in ["installation=", "lease=", "until=", "requester="] {
            guard let part = parts.popFirst(), part.hasPrefix(key) else { return nil }
            values.append(part.dropFirst(key.count))
        }
        guard !values[0].isEmpty, let lease = LeaseID(rawValue: String(values[1])) else { return nil }
        installation = String(values[0])
        self.lease = lease
        until = try? Date(String(values[2]), strategy: .iso8601)  // what is no moment is left out
        requester = String(values[3])
    }
}
