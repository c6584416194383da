import Foundation
import Logging
import MayflyCore

/// What happens to requests when nobody comes: escalations, expiry, and extensions that could not be carried out yet.
///
/// All of it is a moment on an index in the state: after a restart the next look finds what is overdue, and nothing is
/// held in memory.
extension Broker {
    /// More than that are not looked at in one go.
    private static let requestsAtOnce = 100

    /// Until cancelled.
    func keepRequests() async {
        while !Task.isCancelled {
            await keepDueRequests()
            // Cancelled with the broker, which the loop looks at.
            _ = try? await timekeeper.sleep(for: .seconds(1))
        }
    }

    private func keepDueRequests() async {
        do {
            while !Task.isCancelled {
                let now = timekeeper.now()
                let due = try await store.dueRequests(now: now, limit: Self.requestsAtOnce)
                var extensions: [AccessRequest] = []
                for request in due {
                    if let due = try await tick(request.id, now) { extensions.append(due) }
                }
                // A server that hangs keeps its own extensions waiting, with a deadline, and nobody's escalation.
                await withDiscardingTaskGroup { group in
                    for request in extensions { group.addTask { _ = await self.carryOutExtension(request) } }
                }
                guard due.count == Self.requestsAtOnce else { return }
            }
        } catch { logger.error("requests not looked after", metadata: ["error": "\(error)"]) }
    }

    /// - Returns: the request, when the lease that it extends is to be moved.
    private func tick(_ id: RequestID, _ now: Date) async throws(StoreError) -> AccessRequest? {
        let moved = try await store.move(id) { request in
            let tick = request.tick(now: now)
            return RequestMove(tick, AuditEvent.ticked(tick, request, at: now))
        }
        if case .extend = moved?.outcome { return moved?.request }
        return nil
    }
}
