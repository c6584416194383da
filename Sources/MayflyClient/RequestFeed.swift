import AsyncHTTPClient
public import MayflyAPI

/// A request as it changes. Read it once.
public struct RequestFeed: AsyncSequence, Sendable {
    public typealias Element = AccessRequest

    private let body: HTTPClientResponse.Body

    init(_ response: HTTPClientResponse) {
        body = response.body
    }

    public func makeAsyncIterator() -> Iterator {
        Iterator(lines: LineReader(body))
    }

    public struct Iterator: AsyncIteratorProtocol {
        var lines: LineReader<AccessRequest>

        /// The request after its next change; nil when it has ended, or the daemon ended the stream.
        @concurrent public mutating func next() async throws -> AccessRequest? {
            try await lines.next()
        }
    }
}
