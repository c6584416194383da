import Foundation

/// Keys as text (RFC 7468): base64 between two lines that say what it is.
enum PEM {
    /// - Returns: nil where there is no such block, or more than one.
    static func content(of text: UnsafeRawBufferPointer, label: String) -> [UInt8]? {
        let lines = text.split(separator: UInt8(ascii: "\n")).map { line in
            line.last == UInt8(ascii: "\r") ? line.dropLast() : line
        }
        let begins = lines.indices.filter { lines[$0].elementsEqual("-----BEGIN \(label)-----".utf8) }
        let ends = lines.indices.filter { lines[$0].elementsEqual("-----END \(label)-----".utf8) }
        guard begins.count == 1, ends.count == 1, begins[0] < ends[0] else { return nil }
        let body = lines[(begins[0] + 1)..<ends[0]].flatMap { Array($0) }
        return Data(base64Encoded: Data(body)).map { [UInt8]($0) }
    }

    static func text(of content: [UInt8], label: String) -> [UInt8] {
        let body = Data(content).base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed])
        return Array("-----BEGIN \(label)-----\n\(body)\n-----END \(label)-----\n".utf8)
    }
}
