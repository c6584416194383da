import MayflyAPI
import MayflyServer
import Synchronization

/// A target that keeps what it took, and refuses, or hangs, as long as it is told to.
final class FakeCourier: Courier {
    private struct State {
        var taken: [NotificationMessage] = []
        var attempts = 0
        var failure: DeliveryFailure?
        var hangs = false
    }

    private let state = Mutex(State())

    var taken: [NotificationMessage] { state.withLock { $0.taken } }
    var events: [String] { taken.map(\.event.rawValue) }
    var attempts: Int { state.withLock { $0.attempts } }

    func fail(with failure: DeliveryFailure?) { state.withLock { $0.failure = failure } }
    func hang() { state.withLock { $0.hangs = true } }

    func deliver(_ message: NotificationMessage) async throws(DeliveryFailure) {
        let hangs = state.withLock { state in
            state.attempts += 1
            return state.hangs
        }
        if hangs {
            // Until cancelled: a courier that keeps to no time.
            do { try await Task.sleep(for: .seconds(3600)) } catch { throw .cancelled }
        }
        let failure = state.withLock { state in
            if state.failure == nil { state.taken.append(message) }
            return state.failure
        }
        if let failure { throw failure }
    }

    func close() async {}
}
