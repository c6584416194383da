/// Polls a real thing until it is so, or fails at the deadline. For what happens in another process.
package func eventually(
    _ what: String, within limit: Duration = .seconds(20), _ condition: () async throws -> Bool
) async throws {
    let clock = ContinuousClock()
    let deadline = clock.now + limit
    while try await !condition() {
        guard clock.now < deadline else { throw TestServerError.timedOut(what) }
        try await clock.sleep(for: .milliseconds(20))
    }
}
