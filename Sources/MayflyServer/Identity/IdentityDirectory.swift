import DequeModule
package import Foundation
package import MayflyCore
import Synchronization

/// Names for uids: a short cache in front of the name service.
///
/// The name service may ask a network, and hang. Look-ups run on a few threads of their own, one per uid at a
/// time; a caller waits no longer than the deadline. So a hanging name service costs those whom it hangs on, and
/// nobody is served with names older than `freshness`: somebody thrown out of a group is out.
package final class IdentityDirectory: Sendable {
    package struct Limits: Sendable {
        package var deadline: Duration = .seconds(2)
        package var freshness: TimeInterval = 10
        /// Threads at most.
        package var atOnce = 8
        /// Look-ups that may wait for a thread.
        package var waiting = 256
        package init() {}
    }

    private typealias Answer = Result<Account?, IdentityFailure>

    private struct State {
        var known: [UInt32: (account: Account?, until: Date)] = [:]
        /// Who waits for a look-up that runs or is queued.
        var waiters: [UInt32: [Int: CheckedContinuation<Answer, Never>]] = [:]
        var queue: Deque<UInt32> = []
        var threads = 0
        var lastWaiter = 0
    }

    private let state = Mutex(State())
    /// Look-ups by name that run.
    let namedLookups = Mutex(0)
    let names: NameService
    let limits: Limits
    let timekeeper: Timekeeper

    package init(names: NameService = .system, limits: Limits = .init(), timekeeper: Timekeeper = .system()) {
        self.names = names
        self.limits = limits
        self.timekeeper = timekeeper
    }

    /// Who the process is. A uid without a name is `uid:1234`, in no group.
    package func identity(of peer: PeerCredentials) async throws(IdentityFailure) -> Identity {
        let account = try await account(peer.uid)
        return Identity(
            uid: peer.uid, user: account?.user ?? "uid:\(peer.uid)", groups: account?.groups ?? [],
            pid: peer.knownPID)
    }

    private func account(_ uid: UInt32) async throws(IdentityFailure) -> Account? {
        let now = timekeeper.now()
        let (known, waiter) = state.withLock { state in
            state.lastWaiter += 1
            return (state.known[uid], state.lastWaiter)
        }
        if let known, known.until > now { return known.account }

        return try await withTaskGroup(of: Answer?.self) { group in
            group.addTask { await self.answer(uid, waiter) }
            group.addTask {
                // Cancelled when the answer is there.
                do { try await self.timekeeper.sleep(for: self.limits.deadline) } catch { return nil }
                return .failure(.timedOut)
            }
            defer { group.cancelAll() }
            for await answer in group {
                if let answer { return answer }
            }
            return .failure(.timedOut)
        }.get()
    }

    private func answer(_ uid: UInt32, _ waiter: Int) async -> Answer {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if enqueue(uid, waiter, continuation) { startThread() }
                // The cancellation handler may have run before there was anything to resume.
                if Task.isCancelled { leave(uid, waiter) }
            }
        } onCancel: {
            leave(uid, waiter)
        }
    }

    /// - Returns: whether a thread is to be started.
    private func enqueue(_ uid: UInt32, _ waiter: Int, _ continuation: CheckedContinuation<Answer, Never>)
        -> Bool
    {
        let (refused, start) = state.withLock { state in
            if state.waiters[uid] == nil {
                guard state.queue.count < limits.waiting else { return (true, false) }
                state.queue.append(uid)
            }
            state.waiters[uid, default: [:]][waiter] = continuation
            guard !state.queue.isEmpty, state.threads < limits.atOnce else { return (false, false) }
            state.threads += 1
            return (false, true)
        }
        if refused { continuation.resume(returning: .failure(.busy)) }
        return start
    }

    private func leave(_ uid: UInt32, _ waiter: Int) {
        let continuation = state.withLock { $0.waiters[uid]?.removeValue(forKey: waiter) }
        continuation?.resume(returning: .failure(.timedOut))
    }

    private func startThread() {
        Thread.detachNewThread {
            while let uid = self.nextInQueue() {
                let answer: Answer
                do throws(NameService.Failure) {
                    answer = .success(try self.names.account(uid))
                } catch {
                    answer = .failure(.failed(error))
                }
                self.finish(uid, answer)
            }
        }
    }

    private func nextInQueue() -> UInt32? {
        state.withLock { state in
            let uid = state.queue.popFirst()
            if uid == nil { state.threads -= 1 }
            return uid
        }
    }

    private func finish(_ uid: UInt32, _ answer: Answer) {
        let now = timekeeper.now()
        let waiters = state.withLock { state in
            if case .success(let account) = answer {
                state.known = state.known.filter { $0.value.until > now }
                state.known[uid] = (account, now.addingTimeInterval(limits.freshness))
            }
            return state.waiters.removeValue(forKey: uid)
        }
        for continuation in waiters.map({ Array($0.values) }) ?? [] { continuation.resume(returning: answer) }
    }
}
