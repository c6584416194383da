import HTTPTypes
import HummingbirdCore
import MayflyAPI
import NIOCore

/// Reads a request's body: whole, JSON by its name, and no larger than allowed.
struct BodyCollector {
    let limit: Int

    func collect(_ request: Request) async throws(Rejection) -> [UInt8] {
        // Without a length the end of a body cannot be told from a connection that broke.
        guard request.headers[.transferEncoding] == nil else {
            throw .malformed(
                Problem(
                    .invalidRequest, detail: "a body in chunks is not taken", field: "Transfer-Encoding",
                    hint: "send a Content-Length"))
        }
        guard let text = request.headers[.contentLength] else { return [] }
        guard let length = Int(text), length >= 0 else {
            throw .malformed(
                Problem(.invalidRequest, detail: "Content-Length is not a number", field: "Content-Length"))
        }
        guard length <= limit else {
            throw .malformed(
                Problem(
                    .tooLarge, detail: "the body has \(length) bytes", hint: "at most \(limit) are taken",
                    members: ["maximum_bytes": .integer(limit)]))
        }
        guard length == 0 || isJSON(request.headers[.contentType]) else {
            throw .malformed(
                Problem(
                    .unsupportedMediaType, detail: "the body's type is not application/json",
                    field: "Content-Type", hint: "send Content-Type: application/json"))
        }
        return try await bytes(of: request, length)
    }

    private func bytes(of request: Request, _ length: Int) async throws(Rejection) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(length)
        do {
            for try await part in request.body { bytes += Array(part.readableBytesView) }
        } catch {
            throw .malformed(Problem(.invalidRequest, detail: "the body broke off"))
        }
        // The stream also ends when the connection does: a beginning is never taken for the whole.
        guard bytes.count == length else {
            throw .malformed(Problem(.invalidRequest, detail: "the body broke off"))
        }
        return bytes
    }

    private func isJSON(_ contentType: String?) -> Bool {
        let type = contentType?.split(separator: ";", maxSplits: 1).first ?? ""
        return type.trimmingPrefix(while: \.isWhitespace).lowercased().split(separator: " ")
            == [MayflyJSON.contentType[...]]
    }
}
