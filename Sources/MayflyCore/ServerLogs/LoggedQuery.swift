/// Which lines of a lease to read from the state, in the order in which they came.
package struct LoggedQuery: Hashable, Sendable {
    package var lease: LeaseID
    /// Of one session only.
    package var backend: LogBackend?
    /// Of statements only, or of all else; nil for both.
    package var ofStatements: Bool?
    /// The `next` of the page before.
    package var after: Int64
    package var limit: Int

    package init(
        lease: LeaseID, backend: LogBackend? = nil, ofStatements: Bool? = nil, after: Int64 = 0, limit: Int
    ) {
        self.lease = lease
        self.backend = backend
        self.ofStatements = ofStatements
        self.after = after
        self.limit = limit
    }
}

package struct LoggedPage: Hashable, Sendable {
    package var lines: [LoggedLine]
    /// For the page that follows; nil where there is none.
    package var next: Int64?

    package init(lines: [LoggedLine], next: Int64? = nil) {
        self.lines = lines
        self.next = next
    }
}

extension Store {
    package func loggedLines(of lease: LeaseID, in backend: LogBackend?, limit: Int) async throws(StoreError)
        -> [LoggedLine]
    {
        try await logged(LoggedQuery(lease: lease, backend: backend, limit: limit)).lines
    }
}
