package import Foundation

/// A session as one look at the server found it.
package struct SeenSession: Hashable, Sendable {
    package var lease: LeaseID
    package var number: Int64
    /// By the server's clock; nil where it does not tell (MariaDB, MySQL).
    package var startedAt: Date?
    package var client: SessionClient
    /// In the server's own word: `active`, `idle in transaction`, `Sleep`.
    package var state: String?
    /// By the server's clock.
    package var stateSince: Date?
    /// Since when a transaction is open; nil for none, and where the server does not tell.
    package var transactionSince: Date?

    package init(
        lease: LeaseID, number: Int64, startedAt: Date? = nil, client: SessionClient = .init(),
        state: String? = nil,
        stateSince: Date? = nil, transactionSince: Date? = nil
    ) {
        self.lease = lease
        self.number = number
        self.startedAt = startedAt
        self.client = client
        self.state = state
        self.stateSince = stateSince
        self.transactionSince = transactionSince
    }

    package func key(on server: SeenServer) -> SessionKey {
        SessionKey(host: server.host, number: number, since: startedAt?.milliseconds ?? 0)
    }
}
