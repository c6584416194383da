import Foundation
package import MayflyAPI

/// A reply as it came over the socket.
package struct HTTPReply {
    package let status: Int
    /// By lower-case name.
    package let headers: [String: String]
    package let body: [UInt8]

    /// Nil while something is missing.
    package init?(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.range(of: "\r\n\r\n") else { return nil }
        let lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
        guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
            return nil
        }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
        }
        let body = Array(bytes.dropFirst(text[..<end.upperBound].utf8.count))
        if let length = headers["content-length"].flatMap({ Int($0) }), body.count < length { return nil }
        self.status = status
        self.headers = headers
        self.body = body
    }

    package var text: String { String(decoding: body, as: UTF8.self) }

    package func decoded<T: Decodable>(as type: T.Type) throws -> T {
        try MayflyJSON.decoder().decode(type, from: Data(body))
    }

    package func problem() throws -> Problem { try decoded(as: Problem.self) }
}
