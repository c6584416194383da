import AsyncHTTPClient
import Foundation
public import MayflyAPI
import NIOCore

/// Audit records as they are written. Read it once.
public struct AuditFeed: AsyncSequence, Sendable {
    public typealias Element = AuditRecord

    /// A record is a few kilobytes; a line beyond this is not from a mayflyd.
    static let longestLine = 1 << 20

    private let body: HTTPClientResponse.Body

    init(_ response: HTTPClientResponse) {
        body = response.body
    }

    public func makeAsyncIterator() -> Iterator {
        Iterator(body.makeAsyncIterator())
    }

    public struct Iterator: AsyncIteratorProtocol {
        private var chunks: HTTPClientResponse.Body.AsyncIterator
        private var buffer = ByteBuffer()
        private let decoder = MayflyJSON.decoder()

        init(_ chunks: HTTPClientResponse.Body.AsyncIterator) {
            self.chunks = chunks
        }

        /// The next record; nil when the daemon ended the stream.
        ///
        /// `@concurrent`, as is the body's own iterator, which is not Sendable: both stay off the caller's actor.
        @concurrent public mutating func next() async throws -> AuditRecord? {
            while true {
                while let line = takeLine() {
                    // An empty line is a sign of life.
                    if !line.isEmpty { return try decode(line) }
                }
                guard buffer.readableBytes <= AuditFeed.longestLine else {
                    throw MayflyError(.replyTooLarge, "an audit record is longer than the client takes")
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

        private mutating func takeLine() -> [UInt8]? {
            guard let end = buffer.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
            let line = buffer.readBytes(length: end - buffer.readerIndex)
            buffer.moveReaderIndex(forwardBy: 1)
            return line
        }

        private func decode(_ line: [UInt8]) throws(MayflyError) -> AuditRecord {
            do {
                return try decoder.decode(AuditRecord.self, from: Data(line))
            } catch {
                throw MayflyError(.unreadableReply, "a line of the audit stream is not a record")
            }
        }
    }
}
