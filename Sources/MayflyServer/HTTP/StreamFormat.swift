import Foundation
import HTTPTypes
import MayflyAPI
import MayflyCore
import NIOCore

/// How an endless reply is written.
enum StreamFormat: Sendable {
    /// One JSON object a line; an empty line is a sign of life. `application/x-ndjson`, unless the caller wishes otherwise.
    case lines
    /// Server-sent events, for callers whose `Accept` names `text/event-stream`: each with its kind and, where the thing
    /// has numbers, its number as `id`, from which `Last-Event-ID` goes on. A comment is a sign of life.
    /// https://html.spec.whatwg.org/multipage/server-sent-events.html
    case events

    init(_ headers: HTTPFields) {
        let wished = headers[values: .accept].flatMap { $0.split(separator: ",") }.map { media in
            media.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }.lowercased()
        }
        self = wished.contains(MayflyJSON.eventContentType) ? .events : .lines
    }

    var contentType: String {
        switch self {
        case .lines: MayflyJSON.streamContentType
        case .events: MayflyJSON.eventContentType
        }
    }

    var signOfLife: ByteBuffer {
        switch self {
        case .lines: ByteBuffer(string: "\n")
        case .events: ByteBuffer(string: ":\n\n")
        }
    }

    /// - Parameters:
    ///   - kind: one word of ours; never from outside.
    ///   - number: where to go on after it.
    func write(_ value: some Encodable, kind: String, number: Int64? = nil, to buffer: inout ByteBuffer)
        throws
    {
        // Without a line break in it: JSON's own are escaped, and the encoder makes no others.
        let json = try MayflyJSON.encoder().encode(value)
        switch self {
        case .lines:
            buffer.writeBytes(json)
            buffer.writeString("\n")
        case .events:
            if let number { buffer.writeString("id: \(number)\n") }
            buffer.writeString("event: \(kind)\ndata: ")
            buffer.writeBytes(json)
            buffer.writeString("\n\n")
        }
    }
}

/// `Last-Event-ID`: the number of the last event that a caller got, who comes again.
enum LastEventID {
    static let header = "Last-Event-ID"

    static func read(_ headers: HTTPFields) throws(Refusal) -> Int64? {
        guard let name = HTTPField.Name(header), let text = headers[values: name].first, !text.isEmpty else {
            return nil
        }
        guard headers[values: name].count == 1, let number = Int64(text), number >= 0 else {
            throw Refusal(
                .invalidRequest, "\(header) \(text.quoted(limit: 40)) is not the number of a record",
                field: header,
                hint: "give the `id` of the last event that came")
        }
        return number
    }
}
