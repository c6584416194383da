import Foundation
import MayflyCore
import Synchronization

/// Which reads of others' data went on record a short while ago: who looks again and again at the same, as `watch` does,
/// is on record once a minute.
///
/// What is being recorded is not on record yet: whoever asks the same meanwhile waits, and shares what comes of it.
final class ReadLedger: Sendable {
    private typealias Waiter = CheckedContinuation<Result<Void, Refusal>, Never>

    private enum Entry {
        case recording([Waiter])
        case recorded(Date)
    }

    private static let pause: TimeInterval = 60
    /// Beyond this it forgets, and records again.
    private static let most = 1000

    private let entries = Mutex<[[String]: Entry]>([:])

    /// Returns once the question is on record.
    func admit(
        _ reader: String, _ question: String, now: Date, record: () async throws(Refusal) -> Void
    ) async throws(Refusal) {
        let key = [reader, question]
        let isFirst: Bool? = entries.withLock { entries in
            switch entries[key] {
            case .recorded(let at) where now.timeIntervalSince(at) < Self.pause: return nil
            case .recording: return false
            case .recorded, nil:
                if entries.count >= Self.most {
                    entries = entries.filter { Self.isKept($0.value, now, by: Self.pause) }
                }
                if entries.count >= Self.most {
                    entries = entries.filter { Self.isKept($0.value, now, by: 0) }
                }
                entries[key] = .recording([])
                return true
            }
        }
        guard let isFirst else { return }
        guard isFirst else { return try await outcome(of: key).get() }
        let result: Result<Void, Refusal>
        do throws(Refusal) {
            try await record()
            result = .success(())
        } catch { result = .failure(error) }
        let waiters: [Waiter] = entries.withLock { entries in
            defer {
                if case .success = result {
                    entries[key] = .recorded(now)
                } else {
                    entries[key] = nil
                }
            }
            if case .recording(let waiters)? = entries[key] { return waiters }
            return []
        }
        for waiter in waiters { waiter.resume(returning: result) }
        try result.get()
    }

    private func outcome(of key: [String]) async -> Result<Void, Refusal> {
        await withCheckedContinuation { (waiter: Waiter) in
            let known: Result<Void, Refusal>? = entries.withLock { entries in
                switch entries[key] {
                case .recording(let waiters):
                    entries[key] = .recording(waiters + [waiter])
                    return nil
                case .recorded: return .success(())
                // It ended in between, and not well.
                case nil:
                    return .failure(
                        Refusal(.stateUnwritable, "that you read this could not be recorded; ask again"))
                }
            }
            if let known { waiter.resume(returning: known) }
        }
    }

    private static func isKept(_ entry: Entry, _ now: Date, by pause: TimeInterval) -> Bool {
        switch entry {
        case .recording: true
        case .recorded(let at): now.timeIntervalSince(at) < pause
        }
    }
}
