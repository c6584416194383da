package import NIOCore

/// What one caller can take of the server, so that nothing is left unbounded.
package struct HTTPLimits: Sendable {
    package var body = 64 * 1024
    /// After this many bytes of a body that is refused already the connection is closed.
    package var discardedBody = 1024 * 1024
    /// A token of 16 KiB fits, with `Bearer` before it.
    package var headerField = 17 * 1024
    package var headers = 24 * 1024
    package var headerCount = 64

    /// From the first byte of a request to the end of its head.
    package var headTimeout: TimeAmount = .seconds(10)
    /// From the head to the end of the body.
    package var bodyTimeout: TimeAmount = .seconds(10)
    /// For a client to make room for a reply.
    package var writeTimeout: TimeAmount = .seconds(30)
    /// Between two requests, and before the first.
    package var idleTimeout: TimeAmount = .seconds(60)

    package var connections = 4096
    package var connectionsPerUID = 1024
    /// Calls that one uid may have answered at a time: whoever asks for more keeps nobody else waiting. Streams count
    /// until they have begun.
    package var callsPerUID = 64
    /// Audit streams that one uid may follow at a time.
    package var streamsPerUID = 8

    /// For calls in flight when the daemon ends.
    package var drain: Duration = .seconds(15)

    package init() {}
}
