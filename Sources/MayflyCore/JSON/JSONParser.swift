/// Reads one JSON text (RFC 8259) and nothing after it.
///
/// Stricter than Foundation's decoder, which lets a duplicate member and U+0000 through: what two readers could
/// understand differently is refused. Depth is bounded, so that a body of brackets cannot exhaust the stack.
package struct JSONParser {
    package static let depthLimit = 16

    private let bytes: [UInt8]
    private var position = 0

    /// - Throws: `Refusal` with `invalid_request`, saying at which byte.
    package static func parse(_ bytes: [UInt8]) throws(Refusal) -> JSONValue {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw Refusal(.invalidRequest, "the body is not UTF-8", hint: "send JSON in UTF-8")
        }
        var parser = JSONParser(bytes)
        let value = try parser.value(depth: 0)
        parser.skipWhitespace()
        guard parser.position == bytes.count else { throw parser.fault("something follows the JSON text") }
        return value
    }

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func fault(_ what: String) -> Refusal {
        Refusal(
            .invalidRequest, "the body is not valid JSON: \(what), at byte \(position)",
            hint: "send one JSON object")
    }

    private mutating func skipWhitespace() {
        while let byte = next, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { position += 1 }
    }

    private mutating func take(_ byte: Character, _ what: String) throws(Refusal) {
        skipWhitespace()
        guard next == byte.asciiValue else { throw fault("\(what) is missing") }
        position += 1
    }

    private mutating func takes(_ byte: Character) -> Bool {
        skipWhitespace()
        guard next == byte.asciiValue else { return false }
        position += 1
        return true
    }

    private mutating func value(depth: Int) throws(Refusal) -> JSONValue {
        guard depth < Self.depthLimit else { throw fault("nested too deep") }
        skipWhitespace()
        switch next {
        case UInt8(ascii: "{"): return .object(try object(depth: depth))
        case UInt8(ascii: "["): return .array(try array(depth: depth))
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), .some(UInt8(ascii: "0")...UInt8(ascii: "9")): return try number()
        case .some: throw fault("an unexpected character")
        case nil: throw fault("it ends early")
        }
    }

    private mutating func object(depth: Int) throws(Refusal) -> [String: JSONValue] {
        position += 1
        var members: [String: JSONValue] = [:]
        if takes("}") { return members }
        repeat {
            skipWhitespace()
            guard next == UInt8(ascii: "\"") else { throw fault("a member's name is missing") }
            let name = try string()
            try take(":", "a colon")
            let value = try value(depth: depth + 1)
            guard members.updateValue(value, forKey: name) == nil else {
                throw Refusal(
                    .invalidRequest, "\(name.quoted(limit: 40)) is given twice",
                    field: String(name.prefix(64)),
                    hint: "give each member once")
            }
        } while takes(",")
        try take("}", "a closing brace")
        return members
    }

    private mutating func array(depth: Int) throws(Refusal) -> [JSONValue] {
        position += 1
        var elements: [JSONValue] = []
        if takes("]") { return elements }
        repeat { elements.append(try value(depth: depth + 1)) } while takes(",")
        try take("]", "a closing bracket")
        return elements
    }

    private mutating func word(_ text: String, _ value: JSONValue) throws(Refusal) -> JSONValue {
        guard bytes[position...].starts(with: text.utf8) else { throw fault("an unknown word") }
        position += text.utf8.count
        return value
    }

    private mutating func digits() -> Int {
        let start = position
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        return position - start
    }

    private mutating func number() throws(Refusal) -> JSONValue {
        let start = position
        if next == UInt8(ascii: "-") { position += 1 }
        let leadingZero = next == UInt8(ascii: "0")
        let count = digits()
        guard count == 1 || (count > 1 && !leadingZero) else { throw fault("not a number") }
        var isInteger = true
        if next == UInt8(ascii: ".") {
            isInteger = false
            position += 1
            guard digits() > 0 else { throw fault("not a number") }
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            isInteger = false
            position += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
            guard digits() > 0 else { throw fault("not a number") }
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isInteger, let value = Int(text) { return .integer(value) }
        guard let value = Double(text), value.isFinite else { throw fault("a number beyond all bounds") }
        return .number(value)
    }

    private mutating func string() throws(Refusal) -> String {
        position += 1
        var out: [UInt8] = []
        while let byte = next {
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: out, as: UTF8.self)
            case UInt8(ascii: "\\"): out += Array(String(try escape()).utf8)
            case 0..<0x20: throw fault("a control character in a string")
            default: out.append(byte)
            }
        }
        throw fault("a string does not end")
    }

    private mutating func escape() throws(Refusal) -> Unicode.Scalar {
        guard let byte = next else { throw fault("it ends early") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try unicodeEscape()
        default: throw fault("an unknown escape")
        }
    }

    private mutating func unicodeEscape() throws(Refusal) -> Unicode.Scalar {
        let first = try fourHexDigits()
        var code = UInt32(first)
        if (0xD800...0xDBFF).contains(first) {
            guard bytes[position...].starts(with: "\\u".utf8) else { throw fault("half a surrogate pair") }
            position += 2
            let second = try fourHexDigits()
            guard (0xDC00...0xDFFF).contains(second) else { throw fault("half a surrogate pair") }
            code = 0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00)
        }
        // C would end the string there: no value of ours may contain it.
        guard code != 0, let scalar = Unicode.Scalar(code) else {
            throw fault("U+0000 or half a surrogate pair")
        }
        return scalar
    }

    private mutating func fourHexDigits() throws(Refusal) -> UInt16 {
        let digits = bytes[position...].prefix(4)
        let isHex = digits.allSatisfy { Character(Unicode.Scalar($0)).isHexDigit }
        guard digits.count == 4, isHex, let code = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw fault("an escape without four hexadecimal digits") }
        position += 4
        return code
    }
}
