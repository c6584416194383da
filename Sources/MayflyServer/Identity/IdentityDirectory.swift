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

    /// Whom somebody asks for.
    private enum Question: Hashable {
        case uid(UInt32)
        case user(String)
    }

    private struct Found {
        let uid: UInt32
        let account: Account
    }

    private typealias Answer = Result<Found?, IdentityFailure>

    private struct State {
        var known: [Question: (found: Found?, until: Date)] = [:]
        /// Who waits for a look-up that runs or is queued.
        var waiters: [Question: [Int: CheckedContinuation<Answer, Never>]] = [:]
        var queue: Deque<Question> = []
        var threads = 0
        var lastWaiter = 0
    }

    private let state = Mutex(State())
    private let names: NameService
    private let limits: Limits
    private let timekeeper: Timekeeper

    package init(names: NameService = .system, limits: Limits = .init(), timekeeper: Timekeeper = .system()) {
        self.names = names
        self.limits = limits
        self.timekeeper = timekeeper
    }

    /// Who the process is. A uid without a name is `uid:1234`, in no group.
    package func identity(of peer: PeerCredentials) async throws(IdentityFailure) -> Identity {
        let account = try await found(.uid(peer.uid))?.account
        return Identity(
            uid: peer.uid, user: account?.user ?? "uid:\(peer.uid)", groups: account?.groups ?? [],
            pid: peer.knownPID)
    }

    /// Whom an approval authority names: `user:bob` or `uid:1002`; nil when there is nobody of that name.
    package func identity(named name: String) async throws(IdentityFailure) -> Identity? {
        let question: Question
        switch Principal(name) {
        case .user(let user): question = .user(user)
        case .uid(let uid): question = .uid(uid)
        case .group, .subject, .claims, .anyone, nil: return nil
        }
        return try await found(question).map {
            Identity(uid: $0.uid, user: $0.account.user, groups: $0.account.groups, pid: nil)
        }
    }

    private func found(_ question: Question) async throws(IdentityFailure) -> Found? {
        let now = timekeeper.now()
        let (known, waiter) = state.withLock { state in
            state.lastWaiter += 1
            return (state.known[question], state.lastWaiter)
        }
        if let known, known.until > now { return known.found }

        return try await withTaskGroup(of: Answer?.self) { group in
            group.addTask { await self.answer(question, waiter) }
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

    private func answer(_ question: Question, _ waiter: Int) async -> Answer {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if enqueue(question, waiter, continuation) { startThread() }
                // The cancellation handler may have run before there was anything to resume.
                if Task.isCancelled { leave(question, waiter) }
            }
        } onCancel: {
            leave(question, waiter)
        }
    }

    /// - Returns: whether a thread is to be started.
    private func enqueue(
        _ question: Question, _ waiter: Int, _ continuation: CheckedContinuation<Answer, Never>
    ) -> Bool {
        let (refused, start) = state.withLock { state in
            if state.waiters[question] == nil {
                guard state.queue.count < limits.waiting else { return (true, false) }
                state.queue.append(question)
            }
            state.waiters[question, default: [:]][waiter] = continuation
            guard !state.queue.isEmpty, state.threads < limits.atOnce else { return (false, false) }
            state.threads += 1
            return (false, true)
        }
        if refused { continuation.resume(returning: .failure(.busy)) }
        return start
    }

    private func leave(_ question: Question, _ waiter: Int) {
        let continuation = state.withLock { $0.waiters[question]?.removeValue(forKey: waiter) }
        continuation?.resume(returning: .failure(.timedOut))
    }

    private func startThread() {
        Thread.detachNewThread {
            while let question = self.nextInQueue() {
                let answer: Answer
                do throws(NameService.Failure) {
                    answer = .success(try self.lookUp(question))
                } catch {
                    answer = .failure(.failed(error))
                }
                self.finish(question, answer)
            }
        }
    }

    private func lookUp(_ question: Question) throws(NameService.Failure) -> Found? {
        let uid: UInt32
        switch question {
        case .uid(let known): uid = known
        case .user(let name):
            guard let named = try names.userID(name) else { return nil }
            uid = named
        }
        return try names.account(uid).map { Found(uid: uid, account: $0) }
    }

    private func nextInQueue() -> Question? {
        state.withLock { state in
            let question = state.queue.popFirst()
            if question == nil { state.threads -= 1 }
            return question
        }
    }

    private func finish(_ question: Question, _ answer: Answer) {
        let now = timekeeper.now()
        let waiters = state.withLock { state in
            if case .success(let found) = answer {
                state.known = state.known.filter { $0.value.until > now }
                state.known[question] = (found, now.addingTimeInterval(limits.freshness))
            }
            return state.waiters.removeValue(forKey: question)
        }
        for continuation in waiters.map({ Array($0.values) }) ?? [] { continuation.resume(returning: answer) }
    }
}
