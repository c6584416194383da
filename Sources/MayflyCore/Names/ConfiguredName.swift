/// The name of a profile or a database in the configuration: 1 to 63 of `a-z 0-9 _ -`, a letter or digit first.
///
/// Such a name can stand in SQL comments, paths, logs and shell lines as it is.
package protocol ConfiguredName: RawRepresentable, Hashable, Comparable, Sendable, Codable,
    CustomStringConvertible
where RawValue == String {
    init(unchecked: String)
}

extension ConfiguredName {
    package init?(rawValue: String) {
        guard Self.isValid(rawValue) else { return nil }
        self.init(unchecked: rawValue)
    }

    /// Parses a name that came from outside.
    /// - Throws: `Refusal` with `invalid_request`, naming `field`.
    package init(parsing text: String, field: String) throws(Refusal) {
        guard Self.isValid(text) else {
            throw Refusal(
                .invalidRequest, "\(field) \(text.quoted()) is not a name",
                field: field, hint: "a name is 1 to 63 of a-z, 0-9, _ and -, beginning with a letter or digit"
            )
        }
        self.init(unchecked: text)
    }

    package static func isValid(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard (1...63).contains(bytes.count), bytes[0] != UInt8(ascii: "_"), bytes[0] != UInt8(ascii: "-")
        else {
            return false
        }
        return bytes.allSatisfy {
            $0.isLowercaseASCIIOrDigit || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
        }
    }

    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
    package var description: String { rawValue }

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let name = Self(rawValue: text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "not a name: \(text.quoted())"))
        }
        self = name
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}

extension UInt8 {
    var isLowercaseASCIIOrDigit: Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self)
    }
}

/// What can be asked for, by its name in the configuration.
package struct ProfileName: ConfiguredName {
    package let rawValue: String
    package init(unchecked: String) { rawValue = unchecked }
}

/// A server and database that the broker administers, by its name in the configuration.
package struct DatabaseName: ConfiguredName {
    package let rawValue: String
    package init(unchecked: String) { rawValue = unchecked }
}
