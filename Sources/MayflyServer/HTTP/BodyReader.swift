import Foundation
import MayflyAPI
import MayflyCore

/// The members of a call's JSON body: those of `Body` and no others, each of its type.
///
/// A misspelt `ttl_secconds` must not silently become the default.
struct BodyReader<Body: WireRequest> {
    private let members: [String: JSONValue]

    /// - Parameter bytes: nothing at all is an object without members.
    /// - Throws: `Refusal` with `invalid_request`, naming the member.
    init(_ bytes: [UInt8], as body: Body.Type) throws(Refusal) {
        guard !bytes.isEmpty else {
            members = [:]
            return
        }
        let value = try JSONParser.parse(bytes)
        guard case .object(let members) = value else {
            throw Refusal(
                .invalidRequest, "the body is \(value.kind), not an object", hint: "send one JSON object")
        }
        let known = Body.keys
        if let unknown = members.keys.sorted().first(where: { !known.contains($0) }) {
            throw Refusal(
                .invalidRequest, "\(unknown.quoted(limit: 40)) is not a member of this request",
                field: String(unknown.prefix(64)), hint: "the members are: \(known.joined(separator: ", "))")
        }
        self.members = members
    }

    var isEmpty: Bool { members.isEmpty }

    func string(_ key: Body.CodingKeys) throws(Refusal) -> String? {
        guard let value = members[key.stringValue], value != .null else { return nil }
        guard case .string(let text) = value else { throw wrong(key, value, "a string") }
        return text
    }

    func required(_ key: Body.CodingKeys) throws(Refusal) -> String {
        guard let text = try string(key) else {
            throw Refusal(
                .invalidRequest, "\(key.stringValue) is missing", field: key.stringValue,
                hint: "\(key.stringValue) is a string, and must be given")
        }
        return text
    }

    func integer(_ key: Body.CodingKeys) throws(Refusal) -> Int? {
        guard let value = members[key.stringValue], value != .null else { return nil }
        guard case .integer(let number) = value else { throw wrong(key, value, "a whole number") }
        return number
    }

    func date(_ key: Body.CodingKeys) throws(Refusal) -> Date? {
        guard let text = try string(key) else { return nil }
        guard let date = MayflyJSON.date(from: text) else {
            throw Refusal(
                .invalidRequest, "\(key.stringValue) \(text.quoted(limit: 40)) is not a moment",
                field: key.stringValue, hint: "ISO 8601, such as 2026-07-30T12:00:00Z")
        }
        return date
    }

    func bool(_ key: Body.CodingKeys) throws(Refusal) -> Bool? {
        guard let value = members[key.stringValue], value != .null else { return nil }
        guard case .bool(let bool) = value else { throw wrong(key, value, "true or false") }
        return bool
    }

    func strings(_ key: Body.CodingKeys) throws(Refusal) -> [String]? {
        guard let value = members[key.stringValue], value != .null else { return nil }
        guard case .array(let elements) = value else { throw wrong(key, value, "an array of strings") }
        var texts: [String] = []
        for element in elements {
            guard case .string(let text) = element else { throw wrong(key, element, "an array of strings") }
            texts.append(text)
        }
        return texts
    }

    private func wrong(_ key: Body.CodingKeys, _ value: JSONValue, _ expected: String) -> Refusal {
        Refusal(
            .invalidRequest, "\(key.stringValue) is \(value.kind)", field: key.stringValue,
            hint: "\(key.stringValue) is \(expected)")
    }
}
