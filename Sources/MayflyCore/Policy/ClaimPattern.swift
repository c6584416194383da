/// What a rule wants of one claim. A value of another type never fits: not a list with the right text in it, not the
/// number 1 for `true` nor for `"1"`.
package enum ClaimPattern: Hashable, Sendable, CustomStringConvertible {
    case text(Glob)
    case number(Double)
    case bool(Bool)

    package func matches(_ value: ClaimValue) -> Bool {
        switch (self, value) {
        case (.text(let glob), .string(let text)): glob.matches(text)
        case (.number(let wanted), .number(let number)): wanted == number
        case (.bool(let wanted), .bool(let bool)): wanted == bool
        case (.text, .number), (.text, .bool), (.text, .list), (.number, .string), (.number, .bool),
            (.number, .list), (.bool, .string), (.bool, .number), (.bool, .list):
            false
        }
    }

    package var description: String {
        switch self {
        case .text(let glob): glob.pattern
        case .number(let number): "\(number)"
        case .bool(let bool): "\(bool)"
        }
    }
}

extension ClaimPattern: Codable {
    package init(from decoder: any Decoder) throws {
        switch try ClaimValue(from: decoder) {
        case .string(let text): self = .text(Glob(text))
        case .number(let number): self = .number(number)
        case .bool(let bool): self = .bool(bool)
        case .list:
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "a list is no pattern for a claim"))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        let value: ClaimValue
        switch self {
        case .text(let glob): value = .string(glob.pattern)
        case .number(let number): value = .number(number)
        case .bool(let bool): value = .bool(bool)
        }
        try value.encode(to: encoder)
    }
}
