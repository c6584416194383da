import Foundation
package import MayflyCore
import Synchronization

extension IdentityDirectory {
    /// Look-ups of names that may run at once, each on a thread of its own: auditors ask, and seldom.
    private static let namesAtOnce = 4

    /// Who `user:NAME` or `uid:NUMBER` is; nil for no such user, and for principals that are no one user.
    package func identity(of principal: Principal) async throws(IdentityFailure) -> Identity? {
        switch principal {
        case .user(let name):
            guard let uid = try await uid(named: name) else { return nil }
            return try await identity(of: PeerCredentials(pid: 0, uid: uid, gid: .max))
        case .uid(let uid):
            let found = try await identity(of: PeerCredentials(pid: 0, uid: uid, gid: .max))
            return found.user == "uid:\(uid)" ? nil : found
        case .group, .subject, .claims, .anyone: return nil
        }
    }

    private func uid(named name: String) async throws(IdentityFailure) -> UInt32? {
        let mayStart = namedLookups.withLock { running in
            guard running < Self.namesAtOnce else { return false }
            running += 1
            return true
        }
        guard mayStart else { throw .busy }
        let lookup = Lookup()
        return try await withTaskGroup(of: Lookup.Answer.self) { group in
            group.addTask {
                await withTaskCancellationHandler {
                    await withCheckedContinuation { continuation in
                        lookup.wait(continuation)
                        Thread.detachNewThread {
                            lookup.answer(self.lookUp(name))
                            self.namedLookups.withLock { $0 -= 1 }
                        }
                    }
                } onCancel: {
                    lookup.answer(.failure(.timedOut))
                }
            }
            group.addTask {
                // Cancelled when the answer is there.
                try? await self.timekeeper.sleep(for: self.limits.deadline)
                return .failure(.timedOut)
            }
            defer { group.cancelAll() }
            return await group.next() ?? .failure(.timedOut)
        }.get()
    }

    private func lookUp(_ name: String) -> Lookup.Answer {
        do throws(NameService.Failure) { return .success(try names.uid(name)) } catch { return .failure(.failed(error)) }
    }

    /// One answer for one who waits; what comes later is dropped.
    private final class Lookup: Sendable {
        typealias Answer = Result<UInt32?, IdentityFailure>

        private struct State {
            var waiter: CheckedContinuation<Answer, Never>?
            var answer: Answer?
        }

        private let state = Mutex(State())

        func wait(_ continuation: CheckedContinuation<Answer, Never>) {
            let answer = state.withLock { state in
                if state.answer == nil { state.waiter = continuation }
                return state.answer
            }
            if let answer { continuation.resume(returning: answer) }
        }

        func answer(_ answer: Answer) {
            let waiter = state.withLock { state in
                guard state.answer == nil else { return CheckedContinuation<Answer, Never>?.none }
                state.answer = answer
                return state.waiter
            }
            waiter?.resume(returning: answer)
        }
    }
}
