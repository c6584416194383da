/// Polls a real thing until it is so, or fails at the deadline. For what happens in another process. The deadline is for
/// a machine that is busy with other tests: what is to happen soon is not measured by it.
package func eventually(
    _ what: String, within limit: Duration = .seconds(60), _ condition: () async throws -> Bool
) async throws {
    let clock = ContinuousClock()
    let deadline = clock.now + limit
    while try await !condition() {
        guard clock.now < deadline else { throw TestServerError.timedOut(what) }
        try await clock.sleep(for: .milliseconds(20))
    }
}
