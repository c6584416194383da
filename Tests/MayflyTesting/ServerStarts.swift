/// How many servers are started at a time: many tests run at once, and each start is busy for a second.
package actor ServerStarts {
    package static let shared = ServerStarts(most: 4)

    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(most: Int) { free = most }

    /// Starts a server when there is room.
    nonisolated package func inTurn<Server: Sendable>(_ start: () async throws -> Server) async rethrows
        -> Server
    {
        await enter()
        do {
            let server = try await start()
            await leave()
            return server
        } catch {
            await leave()
            throw error
        }
    }

    private func enter() async {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    private func leave() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
}
