/// Fields as what is hashed and signed has them: `name=LENGTH:value` and a line feed, again and again. The length counts
/// bytes, so that no value can be read as the end of its field.
package struct CanonicalFields {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    /// Adds nothing for nil.
    package mutating func add(_ name: String, _ value: String?) {
        guard let value else { return }
        bytes.append(contentsOf: name.utf8)
        bytes.append(UInt8(ascii: "="))
        bytes.append(contentsOf: String(value.utf8.count).utf8)
        bytes.append(UInt8(ascii: ":"))
        bytes.append(contentsOf: value.utf8)
        bytes.append(0x0A)
    }

    /// - Returns: nil for what is not such fields, each name once. Whether they are in order is the caller's to see.
    package static func read(_ bytes: [UInt8]) -> [String: String]? {
        var fields: [String: String] = [:]
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let equals = rest.firstIndex(of: UInt8(ascii: "=")),
                let colon = rest[equals...].firstIndex(of: UInt8(ascii: ":")),
                let length = Int(String(decoding: rest[(equals + 1)..<colon], as: UTF8.self)), length >= 0,
                length < rest.endIndex - colon - 1, rest[colon + 1 + length] == 0x0A
            else { return nil }
            let value = rest[(colon + 1)..<(colon + 1 + length)]
            let name = String(decoding: rest[rest.startIndex..<equals], as: UTF8.self)
            guard fields.updateValue(String(decoding: value, as: UTF8.self), forKey: name) == nil else {
                return nil
            }
            rest = rest[(colon + 1 + length + 1)...]
        }
        return fields
    }
}
