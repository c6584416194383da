import CLibpq
import Foundation
import Synchronization

/// Asks a server to stop the statement of one backend. Owns a `PGcancel`.
///
/// `PQcancel` blocks for as long as the server likes (for ever, if it is stopped), so it runs on a thread of
/// its own, and only a few of them at a time: a courtesy to a slow server, on which nothing depends.
final class CancelRequest: Sendable {
    private static let limit = 4
    private static let running = Mutex(0)

    // Immutable, and libpq says: "PQcancel can be invoked safely from a signal handler", on any thread.
    nonisolated(unsafe) private let pointer: OpaquePointer

    init?(of connection: OpaquePointer) {
        guard let pointer = PQgetCancel(connection) else { return nil }
        self.pointer = pointer
    }

    deinit {
        PQfreeCancel(pointer)
    }

    func send() {
        let mayRun = Self.running.withLock { count in
            guard count < Self.limit else { return false }
            count += 1
            return true
        }
        guard mayRun else { return }
        let thread = Thread { [self] in
            var text = [CChar](repeating: 0, count: 256)
            // Whether it worked shows in nothing that we rely on: the connection is closed either way.
            _ = PQcancel(pointer, &text, CInt(text.count))
            Self.running.withLock { $0 -= 1 }
        }
        thread.name = "mayfly-cancel"
        thread.start()
    }
}
