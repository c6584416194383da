import GRDB
import MayflyCore
import Synchronization

/// What a write is for: decides what becomes of it on a full disk.
enum WritePurpose {
    /// Gives access, or puts something on record. Refused when the disk is full.
    case record
    /// Ends access, or says what came of ending it. May use the reserve.
    case ending
}

/// A write that waits for its turn and its commit.
protocol QueuedWrite: Sendable {
    var purpose: WritePurpose { get }
    /// Whether it must be on the disk before its caller goes on.
    var durable: Bool { get }
    /// Carries it out in the current savepoint. May be called again when the transaction was rolled back.
    func perform(_ db: Database) throws
    /// Tells the caller; `error` is nil when the commit succeeded. Called once.
    func finish(_ error: StoreError?)
}

final class Write<Value: Sendable>: QueuedWrite {
    let purpose: WritePurpose
    let durable: Bool
    private let body: @Sendable (Database) throws -> Value
    private let value = Mutex<Value?>(nil)
    private let continuation: CheckedContinuation<Result<Value, StoreError>, Never>

    init(
        purpose: WritePurpose, durable: Bool, body: @escaping @Sendable (Database) throws -> Value,
        continuation: CheckedContinuation<Result<Value, StoreError>, Never>
    ) {
        self.purpose = purpose
        self.durable = durable
        self.body = body
        self.continuation = continuation
    }

    func perform(_ db: Database) throws {
        let result = try body(db)
        value.withLock { $0 = result }
    }

    func finish(_ error: StoreError?) {
        if let error {
            continuation.resume(returning: .failure(error))
        } else if let value = value.withLock({ $0 }) {
            continuation.resume(returning: .success(value))
        } else {
            continuation.resume(returning: .failure(.other("the write was not carried out")))
        }
    }
}
