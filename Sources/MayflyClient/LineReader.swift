import AsyncHTTPClient
import Foundation
import MayflyAPI
import NIOCore

/// Reads an endless reply line by line (`application/x-ndjson`), with a bound on a line's length.
struct LineReader<Line: WireObject> {
    private var chunks: HTTPClientResponse.Body.AsyncIterator
    private var buffer = ByteBuffer()
    private let decoder = MayflyJSON.decoder()
    private let longest: Int

    /// - Parameter longest: bytes; a line beyond this is not from a mayflyd.
    init(_ body: HTTPClientResponse.Body, longest: Int = 1 << 20) {
        chunks = body.makeAsyncIterator()
        self.longest = longest
    }

    /// The next line; nil when the daemon ended the stream. Empty lines are signs of life.
    ///
    /// `@concurrent`, as is the body's own iterator, which is not Sendable: both stay off the caller's actor.
    @concurrent mutating func next() async throws -> Line? {
        while true {
            while let line = takeLine() {
                if !line.isEmpty { return try decode(line) }
            }
            guard buffer.readableBytes <= longest else {
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

    private mutating func takeLine() -> [UInt8]? {
        guard let end = buffer.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        let line = buffer.readBytes(length: end - buffer.readerIndex)
        buffer.moveReaderIndex(forwardBy: 1)
        return line
    }

    private func decode(_ line: [UInt8]) throws(MayflyError) -> Line {
        do {
            return try decoder.decode(Line.self, from: Data(line))
        } catch {
            throw MayflyError(.unreadableReply, "a line of the stream is not what this version understands")
        }
    }
}
