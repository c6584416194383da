import Foundation
import MayflyCore

/// The claims of a token, each read with its type: a number that is written as a text is none.
struct Claims: Sendable {
    let members: [String: JSONValue]

    init(_ members: [String: JSONValue]) { self.members = members }

    func text(_ name: String, longest: Int = 255) throws(TokenFailure) -> String {
        guard let text = try optionalText(name, longest: longest) else { throw .claims }
        return text
    }

    /// Nothing that could break a line of a log or hide what it says.
    func optionalText(_ name: String, longest: Int = 255) throws(TokenFailure) -> String? {
        guard let value = members[name], value != .null else { return nil }
        guard case .string(let text) = value, !text.isEmpty, text.utf8.count <= longest,
            text.unicodeScalars.allSatisfy(Self.isPlain)
        else { throw .claims }
        return text
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
            false
        default: true
        }
    }

    /// A NumericDate (RFC 7519): seconds since 1970, a fraction allowed.
    func moment(_ name: String) throws(TokenFailure) -> Date {
        guard let moment = try optionalMoment(name) else { throw .claims }
        return moment
    }

    func optionalMoment(_ name: String) throws(TokenFailure) -> Date? {
        guard let value = members[name] else { return nil }
        let seconds: Double
        switch value {
        case .integer(let number): seconds = Double(number)
        case .number(let number): seconds = number
        case .null, .bool, .string, .array, .object: throw .claims
        }
        // Up to the year 9999: beyond it no moment of ours can be written.
        guard (0...253_402_300_799).contains(seconds) else { throw .claims }
        return Date(timeIntervalSince1970: seconds)
    }

    func integer(_ name: String) throws(TokenFailure) -> Int {
        guard case .integer(let number)? = members[name] else { throw .claims }
        return number
    }

    /// A text, or a list of texts.
    func texts(_ name: String) throws(TokenFailure) -> [String] {
        switch members[name] {
        case .string(let text): return [text]
        case .array: return try list(name)
        case .null, .bool, .integer, .number, .object, nil: throw .claims
        }
    }

    func list(_ name: String, most: Int = 64) throws(TokenFailure) -> [String] {
        guard case .array(let elements)? = members[name], elements.count <= most else { throw .claims }
        var texts: [String] = []
        for element in elements {
            guard case .string(let text) = element else { throw .claims }
            texts.append(text)
        }
        return texts
    }

    /// What rules can match. Objects and nulls fit no pattern, so they are left out.
    var values: [String: ClaimValue] { members.compactMapValues(Self.value) }

    private static func value(_ json: JSONValue) -> ClaimValue? {
        switch json {
        case .string(let text): return .string(text)
        case .bool(let bool): return .bool(bool)
        case .integer(let number): return .number(Double(number))
        case .number(let number): return .number(number)
        case .array(let elements):
            let values = elements.compactMap(value)
            return values.count == elements.count ? .list(values) : nil
        case .null, .object: return nil
        }
    }
}
