public import Foundation

/// Takes typed values out of a query's parameters.
public struct QueryReader: Sendable {
    private var values: [String: String] = [:]

    init(_ items: [QueryItem], allowing keys: [String]) throws(QueryError) {
        for item in items {
            guard keys.contains(item.name) else {
                throw QueryError(
                    field: item.name,
                    message: "unknown parameter; known are \(keys.joined(separator: ", "))")
            }
            guard values.updateValue(item.value, forKey: item.name) == nil else {
                throw QueryError(field: item.name, message: "given more than once")
            }
        }
    }

    public func string(_ name: String) throws(QueryError) -> String? {
        guard let value = values[name] else { return nil }
        guard !value.isEmpty else { throw QueryError(field: name, message: "is empty") }
        return value
    }

    public func boolean(_ name: String) throws(QueryError) -> Bool? {
        switch try string(name) {
        case nil: return nil
        case "true": return true
        case "false": return false
        default: throw QueryError(field: name, message: "must be true or false")
        }
    }

    public func integer(_ name: String, in range: ClosedRange<Int64>) throws(QueryError) -> Int64? {
        guard let text = try string(name) else { return nil }
        guard let value = Int64(text), range.contains(value) else {
            let bounds =
                range.upperBound == .max
                ? "at least \(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
            throw QueryError(field: name, message: "must be a whole number, \(bounds)")
        }
        return value
    }

    public func date(_ name: String) throws(QueryError) -> Date? {
        guard let text = try string(name) else { return nil }
        guard let date = MayflyJSON.date(from: text) else {
            throw QueryError(
                field: name, message: "must be a moment in ISO 8601, such as 2026-07-30T12:00:00Z")
        }
        return date
    }

    /// A comma-separated list. Unknown codes are refused: nothing could ever match them.
    public func codes<Code: OpenCode>(_ name: String) throws(QueryError) -> [Code]? {
        guard let text = try string(name) else { return nil }
        var codes: [Code] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let code = Code.known.first(where: { $0.rawValue == part }) else {
                let known = Code.known.map(\.rawValue).joined(separator: ", ")
                throw QueryError(field: name, message: "must be among \(known)")
            }
            codes.append(code)
        }
        return codes
    }
}
