/// A routine's name with the types of its arguments: `refund(bigint, text)`.
///
/// Types are compared as `format_type` of PostgreSQL writes them under `search_path = pg_catalog`, so aliases are written
/// out (`int8` as `bigint`) and those of users carry their schema (`sales.money_t`). What does not read as types is
/// refused, so that the text may stand in a statement.
/// Source of the aliases: PostgreSQL's manual, table 8.1.
package struct RoutineSignature: Hashable, Sendable, Codable, CustomStringConvertible {
    package let name: String
    /// Normalised, joined by `, `.
    package let arguments: String

    /// - Returns: nil when it is not `NAME(TYPES)`.
    package init?(_ text: String) {
        guard text.hasSuffix(")"), let open = Self.opening(of: text) else { return nil }
        let arguments = String(text[text.index(after: open)...].dropLast())
        self.init(name: String(text[..<open]), arguments: arguments)
    }

    /// - Returns: nil when `arguments` are no types.
    package init?(name: String, arguments: String) {
        guard !name.isEmpty, let types = Self.normalised(arguments) else { return nil }
        self.name = name
        self.arguments = types
    }

    package var description: String { "\(name)(\(arguments))" }

    /// The `(` that opens the arguments: the last one outside of quotes and outside of other parentheses.
    private static func opening(of text: String) -> String.Index? {
        // A type may be `"odd (name"`: quotes are counted from the end, where the arguments are.
        var isQuoted = false
        for index in text.indices.reversed().dropFirst() {
            if text[index] == "\"" { isQuoted.toggle() }
            if text[index] == "(", !isQuoted { return index }
        }
        return nil
    }

    private static let aliases = [
        "int": "integer", "int4": "integer", "int8": "bigint", "int2": "smallint", "bool": "boolean",
        "varchar": "character varying", "char": "character", "decimal": "numeric",
        "float8": "double precision",
        "float": "double precision", "float4": "real", "timestamptz": "timestamp with time zone",
        "timestamp": "timestamp without time zone", "timetz": "time with time zone",
        "time": "time without time zone", "varbit": "bit varying",
    ]

    /// Words, quoted names, `.`, and `[]` at the end; nothing else.
    private static func normalised(_ text: String) -> String? {
        if text.allSatisfy(\.isWhitespace) { return "" }
        var types: [String] = []
        var scalars = Array(text.unicodeScalars)[...]
        repeat {
            guard let type = type(&scalars) else { return nil }
            types.append(type)
        } while scalars.popFirst() == ","
        return scalars.isEmpty ? types.joined(separator: ", ") : nil
    }

    /// One type, up to a comma or the end.
    private static func type(_ rest: inout ArraySlice<Unicode.Scalar>) -> String? {
        var result = ""
        var dimensions = ""
        while let next = rest.first, next != "," {
            rest.removeFirst()
            switch next {
            case " ", "\t": if !result.hasSuffix(" "), !result.isEmpty { result += " " }
            case "[" where rest.first == "]":
                rest.removeFirst()
                dimensions = "[]"
            case ".":
                guard dimensions.isEmpty, !result.isEmpty else { return nil }
                result += "."
            case "\"":
                guard dimensions.isEmpty, let name = quoted(&rest) else { return nil }
                result += name
            default:
                guard dimensions.isEmpty, isWord(next) else { return nil }
                result.unicodeScalars.append(contentsOf: String(next).lowercased().unicodeScalars)
            }
        }
        while result.hasSuffix(" ") { result.removeLast() }
        guard !result.isEmpty, !result.hasSuffix("."), !result.hasPrefix(".") else { return nil }
        return (aliases[result] ?? result) + dimensions
    }

    /// What follows an opening quote, with both.
    private static func quoted(_ rest: inout ArraySlice<Unicode.Scalar>) -> String? {
        var result = "\""
        while let next = rest.popFirst() {
            result.unicodeScalars.append(next)
            guard next == "\"" else { continue }
            if rest.first == "\"" {
                rest.removeFirst()
                result += "\""
            } else {
                return result.utf8.count > 2 ? result : nil
            }
        }
        return nil
    }

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || scalar == "$" || ("0"..."9").contains(scalar) || ("a"..."z").contains(scalar)
            || ("A"..."Z").contains(scalar) || (!scalar.isASCII && scalar.properties.isAlphabetic)
    }
}
