import MayflyCore
import Synchronization

/// Secrets made ahead of need: hashing at 4,096 iterations takes longer than all else that a lone request waits for.
///
/// One for each number of iterations that was asked for lately, in memory that is locked and zeroed as any other
/// password's; it is no one's until it is taken. When it is gone the next one is made at once, beside the work.
final class SecretStock: Sendable {
    private final class Place: Sendable {
        let secret = Mutex<NewSecret?>(nil)
    }

    private let engine: any DatabaseEngine
    private let places = Mutex<[Int: Place]>([:])
    private let orders: AsyncStream<Int>
    private let desk: AsyncStream<Int>.Continuation

    init(engine: any DatabaseEngine) {
        self.engine = engine
        (orders, desk) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(4))
    }

    /// The one that is ready, or one made now. Each is given out once.
    func next(iterations: Int) throws(Refusal) -> NewSecret {
        // While the next one is being made nobody waits for it, but makes their own.
        if let ready = place(iterations).secret.withLockIfAvailable({ $0.take() }) ?? nil {
            desk.yield(iterations)
            return ready
        }
        desk.yield(iterations)
        return try NewSecret(iterations: iterations, engine: engine)
    }

    /// Makes what was ordered, until cancelled.
    func run() async {
        for await iterations in orders {
            do throws(Refusal) {
                try place(iterations).secret.withLock { place throws(Refusal) in
                    if place == nil { place = try NewSecret(iterations: iterations, engine: engine) }
                }
            } catch {
                // Whoever asks next makes their own, and is told why it cannot be done.
                continue
            }
        }
    }

    private func place(_ iterations: Int) -> Place {
        places.withLock { places in
            if let place = places[iterations] { return place }
            let place = Place()
            places[iterations] = place
            return place
        }
    }
}
