/// A name of several parts, as people write it: `sales.orders`, `"Odd. Schema".orders`.
///
/// Each part is taken as the catalogue has it: nothing is folded to lower case. One in double quotes may hold anything, a
/// double quote doubled, but for what no name of a server's can hold.
package enum DottedName {
    /// What PostgreSQL cuts a name at, in bytes.
    private static let limit = 63

    /// - Returns: nil for what is none: an empty or overlong part, a stray quote, a control character.
    package static func parse(_ text: String) -> [String]? {
        var parts: [String] = []
        var rest = Array(text.unicodeScalars)[...]
        while true {
            guard let part = part(&rest), (1...limit).contains(part.utf8.count), part.isPrintable else {
                return nil
            }
            parts.append(part)
            guard let next = rest.popFirst() else { return parts }
            guard next == "." else { return nil }
        }
    }

    private static func part(_ rest: inout ArraySlice<Unicode.Scalar>) -> String? {
        var part = String.UnicodeScalarView()
        guard rest.first == "\"" else {
            while let next = rest.first, next != "." {
                // In SQL a blank or a comma would end it: nobody means them to be part of a name.
                guard next != "\"", next != ",", !next.properties.isWhitespace else { return nil }
                part.append(next)
                rest.removeFirst()
            }
            return String(part)
        }
        rest.removeFirst()
        while let next = rest.popFirst() {
            if next == "\"" {
                guard rest.first == "\"" else { return String(part) }
                rest.removeFirst()
            }
            part.append(next)
        }
        return nil
    }

    /// The parts as `parse` reads them; nil ones are left out.
    package static func text(_ parts: [String?]) -> String {
        parts.compactMap { $0 }.map { part in
            let isPlain = part.unicodeScalars.allSatisfy {
                $0 != "." && $0 != "," && $0 != "\"" && $0 != "(" && $0 != ")" && !$0.properties.isWhitespace
            }
            return isPlain ? part : "\"\(part.doubling("\""))\""
        }.joined(separator: ".")
    }
}

extension String {
    /// Has nothing that hides or reorders other text.
    fileprivate var isPrintable: Bool {
        unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator:
                false
            default: true
            }
        }
    }
}
