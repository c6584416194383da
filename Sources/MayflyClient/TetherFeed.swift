import AsyncHTTPClient
public import MayflyAPI

/// What becomes of a tethered lease, as it happens. Read it once, to its end: the lease lives while it is read.
public struct TetherFeed: AsyncSequence, Sendable {
    public typealias Element = TetherEvent

    private let body: HTTPClientResponse.Body

    init(_ response: HTTPClientResponse) {
        body = response.body
    }

    public func makeAsyncIterator() -> Iterator {
        Iterator(lines: LineReader(body))
    }

    public struct Iterator: AsyncIteratorProtocol {
        var lines: LineReader<TetherEvent>

        /// The next event; nil when the stream ended. Then the last event tells how: after `goodbye` the lease
        /// is to be tethered again, after `ended` and `untethered` there is nothing to do. Without any of these,
        /// or when this throws, the connection broke.
        @concurrent public mutating func next() async throws -> TetherEvent? {
            try await lines.next()
        }
    }
}
