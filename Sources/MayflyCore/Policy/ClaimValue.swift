/// The value of a token's claim, with its type: a rule that wants text is met by text only.
package indirect enum ClaimValue: Hashable, Sendable {
    case string(String)
    case number(Double)
    case bool(Bool)
    /// Of strings, numbers and booleans.
    case list([ClaimValue])
}

extension ClaimValue: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let text = try? container.decode(String.self) {
            self = .string(text)
        } else if let bool = try? container.decode(Bool.self) {
            self = .bool(bool)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else {
            // What is none of these is an error of this, the last.
            self = .list(try container.decode([ClaimValue].self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .string(let text): try container.encode(text)
        case .number(let number): try container.encode(number)
        case .bool(let bool): try container.encode(bool)
        case .list(let values): try container.encode(values)
        }
    }
}
