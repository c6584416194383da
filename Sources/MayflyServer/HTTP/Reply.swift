import Foundation
import HTTPTypes
import HummingbirdCore
import MayflyAPI
import MayflyCore
import NIOCore

/// An answer before it is HTTP.
struct Reply: Sendable {
    var status: Int
    var contentType: String
    var body: ByteBuffer
    /// In place of `body`: parts as they come.
    var stream: ResponseBody?
    /// Called once when the connection ends, at once if it has ended.
    var onHangUp: (@Sendable () -> Void)?
    var problem: Problem?
    var requestID: String?
    var allow: String?

    /// - Throws: `Refusal` with `internal` for a value that cannot be written as JSON.
    static func json(_ value: some Encodable, status: Int = 200) throws(Refusal) -> Reply {
        do {
            let data = try MayflyJSON.encoder().encode(value)
            return Reply(status: status, contentType: MayflyJSON.contentType, body: ByteBuffer(bytes: data))
        } catch {
            // What it was may hold a password: the error is not shown.
            throw Refusal(.internal, "the reply could not be written")
        }
    }

    static func bytes(_ bytes: some Sequence<UInt8>, contentType: String) -> Reply {
        Reply(status: 200, contentType: contentType, body: ByteBuffer(bytes: bytes))
    }

    static func stream(
        _ parts: ResponseBody, as format: StreamFormat, onHangUp: (@Sendable () -> Void)? = nil
    ) -> Reply {
        Reply(
            status: 200, contentType: format.contentType, body: ByteBuffer(), stream: parts,
            onHangUp: onHangUp)
    }

    static func problem(_ problem: Problem, allow: String? = nil) -> Reply {
        let fallback = #"{"code":"internal","status":500,"title":"Internal error","type":"about:blank"}"#
        let body: ByteBuffer
        do {
            body = ByteBuffer(bytes: try MayflyJSON.encoder().encode(problem))
        } catch {
            body = ByteBuffer(string: fallback)
        }
        return Reply(
            status: problem.status, contentType: MayflyJSON.problemContentType, body: body,
            problem: problem, requestID: problem.instance, allow: allow)
    }

    /// Nothing here may be kept by a cache or be taken for something else.
    var headerLines: [(String, String)] {
        var lines = [
            ("Content-Type", contentType), ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        if let requestID { lines.append((MayflyHeader.requestID, requestID)) }
        if let allow { lines.append(("Allow", allow)) }
        // RFC 6750, section 3.
        if status == 401 { lines.append(("WWW-Authenticate", #"Bearer error="invalid_token""#)) }
        return lines
    }

    var response: Response {
        var fields = HTTPFields()
        for (name, value) in headerLines {
            if let name = HTTPField.Name(name) { fields[name] = value }
        }
        return Response(
            status: .init(code: status), headers: fields,
            body: stream ?? ResponseBody(byteBuffer: body))
    }
}
