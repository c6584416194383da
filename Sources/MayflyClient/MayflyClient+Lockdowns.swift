public import MayflyAPI

extension MayflyClient {
    /// The lockdowns in force: for auditors and administrators all, for others what stops them.
    /// - Parameter ended: also those that have ended.
    public func lockdowns(ended: Bool = false) async throws(MayflyError) -> [Lockdown] {
        let list: LockdownList = try await transport.call(
            .lockdowns, query: LockdownSearch(ended: ended ? true : nil).query)
        return list.lockdowns
    }

    /// Stops new leases, and revokes what is out when that is asked for. For administrators.
    public func startLockdown(_ lockdown: StartLockdown) async throws(MayflyError) -> LockdownReply {
        try await transport.call(.startLockdown, body: lockdown)
    }

    /// Ends a lockdown. Ending one that has ended succeeds. For administrators.
    /// - Parameter id: its id, or an unambiguous beginning of it.
    public func endLockdown(_ id: String, reason: String) async throws(MayflyError) -> Lockdown {
        try await transport.call(.endLockdown, id: id, body: EndLockdown(reason: reason))
    }
}
