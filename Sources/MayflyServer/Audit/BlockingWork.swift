import Dispatch
import MayflyCore
import Synchronization

/// Work that may block its thread, a write to a disk that hangs: on a queue of its own, and not waited for beyond its time.
///
/// What was given up on ends whenever it can; what waits behind it is not begun any more once nobody waits for it.
struct BlockingWork: Sendable {
    private final class Reply: Sendable {
        private let waiting: Mutex<CheckedContinuation<Result<Void, DeliveryFailure>, Never>?>

        init(_ continuation: CheckedContinuation<Result<Void, DeliveryFailure>, Never>) {
            waiting = Mutex(continuation)
        }

        var isAwaited: Bool { waiting.withLock { $0 != nil } }

        func give(_ result: Result<Void, DeliveryFailure>) {
            let continuation = waiting.withLock { waiting in
                defer { waiting = nil }
                return waiting
            }
            continuation?.resume(returning: result)
        }
    }

    private let queue: DispatchQueue

    init(_ label: String) { queue = DispatchQueue(label: label) }

    /// - Parameter seconds: of real time, as the disk's and the network's is.
    func run(
        within seconds: Int, _ work: @escaping @Sendable () throws(DeliveryFailure) -> Void
    ) async throws(DeliveryFailure) {
        let result = await withCheckedContinuation { continuation in
            let reply = Reply(continuation)
            queue.async {
                guard reply.isAwaited else { return }
                do throws(DeliveryFailure) {
                    try work()
                    reply.give(.success(()))
                } catch { reply.give(.failure(error)) }
            }
            DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(seconds)) {
                reply.give(.failure(.timedOut))
            }
        }
        try result.get()
    }
}
