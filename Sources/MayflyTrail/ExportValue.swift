/// JSON as formats of others want it: members in the order of their names.
enum ExportValue: Encodable, Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    case string(String)
    case integer(Int64)
    case list([ExportValue])
    case object([String: ExportValue?])

    init(stringLiteral value: String) { self = .string(value) }
    init(integerLiteral value: Int64) { self = .integer(value) }

    func encode(to encoder: any Encoder) throws {
        switch self {
        case .string(let text): try text.encode(to: encoder)
        case .integer(let number): try number.encode(to: encoder)
        case .list(let items): try items.encode(to: encoder)
        case .object(let members): try members.compactMapValues { $0 }.encode(to: encoder)
        }
    }

    static func text(_ text: String?) -> ExportValue? { text.map { .string($0) } }
}
