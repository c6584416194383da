package import MayflyCore

/// Takes audit records for somebody else: a file, a syslog server, an HTTP server.
package protocol AuditSink: Sendable {
    /// One attempt, which ends in bounded time; all of them, or it throws. In order, and after a crash again.
    func deliver(_ records: [AuditRecord]) async throws(DeliveryFailure)

    /// Gives back what it holds. Nothing is delivered afterwards.
    func close() async
}

/// Takes nothing, for brokers that have no exporters.
package struct NoSink: AuditSink {
    package init() {}
    package func deliver(_ records: [AuditRecord]) async throws(DeliveryFailure) { throw .internal }
    package func close() async {}
}
