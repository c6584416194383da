package import Logging
package import MayflyCore
import ServiceLifecycle

/// Keeps the words of audit records findable, a little behind the records: that costs more than a record does, and
/// nobody's lease waits for it. A search reads what is not indexed yet by itself.
package struct AuditIndexer: Service {
    /// Records in one write: few, so that a lease's own write gets its turn.
    private static let batch = 200
    private static let pause = Duration.seconds(1)
    /// Between two of many.
    private static let breath = Duration.milliseconds(20)

    private let store: any Store
    private let timekeeper: Timekeeper
    private let logger: Logger

    package init(store: any Store, timekeeper: Timekeeper, logger: Logger) {
        self.store = store
        self.timekeeper = timekeeper
        self.logger = logger
    }

    package func run() async throws {
        // Cancelled by the graceful shutdown, which is what it waits for.
        try? await cancelWhenGracefulShutdown {
            var isFailing = false
            while !Task.isCancelled {
                do {
                    let isMore = try await store.indexAudit(limit: Self.batch)
                    isFailing = false
                    if isMore {
                        try await timekeeper.sleep(for: Self.breath)
                        continue
                    }
                } catch is CancellationError { throw CancellationError() } catch {
                    if !isFailing { logger.error("records not indexed", metadata: ["error": "\(error)"]) }
                    isFailing = true
                }
                try await timekeeper.sleep(for: Self.pause)
            }
        }
    }
}
