import DequeModule
import MayflyCore
import Synchronization

/// Lets those who work on the same lease come one after the other, and keeps nobody else waiting.
final class Turns: Sendable {
    private let waiting = Mutex<[LeaseID: Deque<CheckedContinuation<Void, Never>>]>([:])

    func inTurn<T, Failure>(
        _ lease: LeaseID, _ work: () async throws(Failure) -> T
    ) async throws(Failure) -> T {
        await take(lease)
        defer { end(lease) }
        return try await work()
    }

    private func take(_ lease: LeaseID) async {
        await withCheckedContinuation { continuation in
            let isFree = waiting.withLock { waiting in
                guard waiting[lease] != nil else {
                    waiting[lease] = []
                    return true
                }
                waiting[lease]?.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    private func end(_ lease: LeaseID) {
        let next = waiting.withLock { waiting in
            let next = waiting[lease]?.popFirst()
            if next == nil { waiting[lease] = nil }
            return next
        }
        next?.resume()
    }
}
