import Dispatch
import Foundation
import GRDB
import MayflyCore
import Synchronization

/// A reader for searches by words, which may walk millions of records: one at a time, none for longer than its time, few that
/// wait. Whatever is asked here, everything else of the state is read by others.
final class SearchReader: Sendable {
    private struct State {
        /// Begun or waiting, in all and by whom.
        var count = 0
        var counts: [UInt32: Int] = [:]
        var number = 0
        /// The one that runs.
        var running: Int?
        var isOverdue = false
    }

    private static let mostAtOnce = 8
    private static let mostOfOne = 2

    private let queue: DatabaseQueue
    /// Seconds.
    private let limit: TimeInterval
    private let state = Mutex(State())

    init(path: String, configuration: GRDB.Configuration, limit: TimeInterval) throws {
        var configuration = configuration
        configuration.readonly = true
        queue = try DatabaseQueue(path: path, configuration: configuration)
        self.limit = limit
    }

    func close() throws { try queue.close() }

    /// Searches that run or wait.
    var count: Int { state.withLock { $0.count } }

    /// - Parameter uid: whose search it is, where they find nothing but their own: nobody takes all places.
    func read<Value: Sendable>(
        of uid: UInt32?, _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        let isFree = state.withLock { state in
            guard state.count < Self.mostAtOnce else { return false }
            if let uid {
                guard state.counts[uid, default: 0] < Self.mostOfOne else { return false }
                state.counts[uid, default: 0] += 1
            }
            state.count += 1
            return true
        }
        guard isFree else { throw .searchGivenUp }
        defer {
            state.withLock { state in
                state.count -= 1
                if let uid, let count = state.counts[uid] { state.counts[uid] = count > 1 ? count - 1 : nil }
            }
        }
        let result: Result<Value, StoreError> = await withCheckedContinuation { continuation in
            queue.asyncRead { [self] access in
                begin()
                let result = Result { try body(try access.get()) }.mapError { StoreError($0) }
                let isOverdue = end()
                if case .failure = result, isOverdue {
                    continuation.resume(returning: .failure(.searchGivenUp))
                } else {
                    continuation.resume(returning: result)
                }
            }
        }
        return try result.get()
    }

    private func begin() {
        let number = state.withLock { state in
            state.number += 1
            (state.running, state.isOverdue) = (state.number, false)
            return state.number
        }
        DispatchQueue.global().asyncAfter(deadline: .now() + limit) { [weak self] in
            guard let self else { return }
            // Within the lock: the next search must not be what is interrupted.
            state.withLock { state in
                guard state.running == number else { return }
                state.isOverdue = true
                queue.interrupt()
            }
        }
    }

    /// - Returns: whether its time was over.
    private func end() -> Bool {
        state.withLock { state in
            state.running = nil
            return state.isOverdue
        }
    }
}
