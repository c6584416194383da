import AsyncHTTPClient
public import MayflyAPI

/// Audit records as they are written. Read it once.
public struct AuditFeed: AsyncSequence, Sendable {
    public typealias Element = AuditRecord

    private let body: HTTPClientResponse.Body

    init(_ response: HTTPClientResponse) {
        body = response.body
    }

    public func makeAsyncIterator() -> Iterator {
        Iterator(lines: LineReader(body))
    }

    public struct Iterator: AsyncIteratorProtocol {
        var lines: LineReader<AuditRecord>

        /// The next record; nil when the daemon ended the stream.
        @concurrent public mutating func next() async throws -> AuditRecord? {
            try await lines.next()
        }
    }
}
