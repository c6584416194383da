public import MayflyAPI

extension MayflyClient {
    /// Binds a lease to this process: when the connection ends, for whatever reason including SIGKILL, the lease
    /// is revoked at once.
    ///
    /// ```swift
    /// for try await event in try await client.tether(lease.id) {
    ///     if event.event == .ended { print("over: \(event.lease.endReason)") }
    /// }
    /// ```
    ///
    /// Ask for the lease with `CreateRequest(tethered: true)`: then it also ends when this call never comes. When
    /// the daemon is restarted, it says `goodbye`; tether again within 30 seconds of its return.
    ///
    /// - Parameter id: the lease's id, in full.
    public func tether(_ id: String) async throws(MayflyError) -> TetherFeed {
        TetherFeed(try await transport.open(.tetherLease, id: id))
    }

    /// Lets a tethered lease live on to its expiry, whatever becomes of the connection.
    /// - Parameter id: the lease's id, in full.
    public func untether(_ id: String) async throws(MayflyError) -> Lease {
        try await transport.call(.untetherLease, id: id)
    }
}
