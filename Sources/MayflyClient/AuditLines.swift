import AsyncHTTPClient
import NIOCore

/// The lines of an exported audit log, as bytes and without their line feed: JSON, one object each. Read it once.
public struct AuditLines: AsyncSequence, Sendable {
    public typealias Element = [UInt8]

    private let body: HTTPClientResponse.Body

    init(_ response: HTTPClientResponse) {
        body = response.body
    }

    public func makeAsyncIterator() -> Iterator {
        Iterator(chunks: body.makeAsyncIterator())
    }

    public struct Iterator: AsyncIteratorProtocol {
        /// Bytes; a line beyond this is not from a mayflyd.
        private static let longest = 16 << 20

        private var chunks: HTTPClientResponse.Body.AsyncIterator
        private var buffer = ByteBuffer()

        init(chunks: HTTPClientResponse.Body.AsyncIterator) {
            self.chunks = chunks
        }

        /// The next line; nil when the daemon ended the stream.
        @concurrent public mutating func next() async throws -> [UInt8]? {
            while true {
                if let end = buffer.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
                    let line = buffer.readBytes(length: end - buffer.readerIndex)
                    buffer.moveReaderIndex(forwardBy: 1)
                    return line
                }
                guard buffer.readableBytes <= Self.longest else {
                    throw MayflyError(.replyTooLarge, "a line of the stream is longer than the client takes")
                }
                do {
                    guard var chunk = try await chunks.next() else { return nil }
                    buffer.discardReadBytes()
                    buffer.writeBuffer(&chunk)
                } catch {
                    throw MayflyError.transport(error)
                }
            }
        }
    }
}
