/// Reads the parts of one flat JSON object (RFC 8259), also of one that is cut anywhere and of one whose texts are not UTF-8:
/// a server's log may hold such, which `JSONParser` refuses.
struct FlatJSONReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    mutating func takes(_ character: Character) -> Bool {
        guard position < bytes.count, bytes[position] == character.asciiValue else { return false }
        position += 1
        return true
    }

    /// A number, or one of the three words.
    mutating func word() -> [UInt8] {
        let start = position
        while position < bytes.count, bytes[position].isOfJSONWord { position += 1 }
        return Array(bytes[start..<position])
    }

    /// The text's bytes with what was escaped in its place, and whether its end was there; nil where no text begins.
    mutating func string() -> (bytes: [UInt8], isClosed: Bool)? {
        guard takes("\"") else { return nil }
        var text: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return (text, true)
            case UInt8(ascii: "\\"):
                guard let escaped = escape() else { return (text, false) }
                text.append(contentsOf: escaped)
            default: text.append(byte)
            }
        }
        return (text, false)
    }

    /// Nil where it is cut.
    private mutating func escape() -> [UInt8]? {
        guard position < bytes.count else { return nil }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "u"):
            guard position + 4 <= bytes.count else {
                position = bytes.count
                return nil
            }
            let digits = String(decoding: bytes[position..<position + 4], as: UTF8.self)
            position += 4
            // The server escapes control characters so, and no others: halves of pairs do not come.
            let scalar = UInt32(digits, radix: 16).flatMap(Unicode.Scalar.init) ?? "\u{FFFD}"
            return Array(String(Character(scalar)).utf8)
        default: return [byte]
        }
    }
}

extension UInt8 {
    fileprivate var isOfJSONWord: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"),
            UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "E"):
            true
        default: false
        }
    }
}
