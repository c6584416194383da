import Dispatch
import MayflyCore
import Synchronization

/// Work that may block its thread, a write to a disk that hangs: on a queue of its own, and not waited for beyond its time.
///
/// What was given up on ends whenever it can; what waits behind it is not begun any more once nobody waits for it.
struct BlockingWork: Sendable {
    private final class Reply<Value: Sendable>: Sendable {
        private let waiting: Mutex<CheckedContinuation<Result<Value, DeliveryFailure>, Never>?>

        init(_ continuation: CheckedContinuation<Result<Value, DeliveryFailure>, Never>) {
            waiting = Mutex(continuation)
        }

        var isAwaited: Bool { waiting.withLock { $0 != nil } }

        func give(_ result: Result<Value, DeliveryFailure>) {
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
    func run<Value: Sendable>(
        within seconds: Int, _ work: @escaping @Sendable () throws(DeliveryFailure) -> Value
    ) async throws(DeliveryFailure) -> Value {
        let result: Result<Value, DeliveryFailure> = await withCheckedContinuation { continuation in
            let reply = Reply(continuation)
            queue.async {
                guard reply.isAwaited else { return }
                do throws(DeliveryFailure) {
                    reply.give(.success(try work()))
                } catch { reply.give(.failure(error)) }
            }
            DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(seconds)) {
                reply.give(.failure(.timedOut))
            }
        }
        return try result.get()
    }
}
