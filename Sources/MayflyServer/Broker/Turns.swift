import DequeModule
import Synchronization

/// Lets those who name the same thing come one after the other, and keeps nobody else waiting.
final class Turns: Sendable {
    private let waiting = Mutex<[String: Deque<CheckedContinuation<Void, Never>>]>([:])

    /// - Parameter key: nil waits for nobody.
    func inTurn<T, Failure>(
        _ key: String?, _ work: () async throws(Failure) -> T
    ) async throws(Failure) -> T {
        guard let key else { return try await work() }
        await take(key)
        defer { end(key) }
        return try await work()
    }

    private func take(_ key: String) async {
        await withCheckedContinuation { continuation in
            let isFree = waiting.withLock { waiting in
                guard waiting[key] != nil else {
                    waiting[key] = []
                    return true
                }
                waiting[key]?.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    private func end(_ key: String) {
        let next = waiting.withLock { waiting in
            let next = waiting[key]?.popFirst()
            if next == nil { waiting[key] = nil }
            return next
        }
        next?.resume()
    }
}
