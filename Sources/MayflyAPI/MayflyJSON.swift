public import Foundation

/// The coders of the API: JSON with dates in ISO 8601, UTC, with milliseconds (`2026-07-30T12:00:00.000Z`).
///
/// ```swift
/// let body = try MayflyJSON.encoder().encode(lease)
/// let lease = try MayflyJSON.decoder().decode(Lease.self, from: body)
/// ```
public enum MayflyJSON {
    /// The media type of replies and bodies.
    public static let contentType = "application/json"
    /// The media type of problem documents (RFC 9457).
    public static let problemContentType = "application/problem+json"
    /// The media type of streams: one JSON object a line.
    public static let streamContentType = "application/x-ndjson"
    /// The media type of streams of server-sent events, for callers who accept that.
    public static let eventContentType = "text/event-stream"

    /// A new encoder: keys sorted, slashes left as they are, on one line.
    public static func encoder() -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var container = encoder.singleValueContainer()
            try container.encode(string(from: date))
        }
        return encoder
    }

    /// A new decoder.
    public static func decoder() -> JSONDecoder {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .custom { decoder in
            let container = try decoder.singleValueContainer()
            let text = try container.decode(String.self)
            guard let date = date(from: text) else {
                throw DecodingError.dataCorruptedError(
                    in: container, debugDescription: "not an ISO 8601 date and time")
            }
            return date
        }
        return decoder
    }

    /// The date as it goes over the wire, rounded to the millisecond.
    public static func string(from date: Date) -> String {
        // The style truncates: without rounding first, .123 (stored as .12299…) would come back as .122.
        let milliseconds = (date.timeIntervalSince1970 * 1000).rounded()
        return Date(timeIntervalSince1970: milliseconds / 1000 + 0.000_1).formatted(withMilliseconds)
    }

    /// The date that a wire string names, with or without fractions of a second; nil if it is none.
    public static func date(from text: String) -> Date? {
        guard let date = (try? withMilliseconds.parse(text)) ?? (try? withoutFraction.parse(text)) else {
            return nil
        }
        return Date(timeIntervalSince1970: (date.timeIntervalSince1970 * 1000).rounded() / 1000)
    }

    private static let withMilliseconds = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    private static let withoutFraction = Date.ISO8601FormatStyle()
}
