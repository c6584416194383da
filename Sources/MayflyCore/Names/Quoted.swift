extension String {
    /// The string as it may stand in a message, a log or on a terminal: in quotes, control characters and
    /// other invisibles escaped, at most `limit` characters.
    package func quoted(limit: Int = 80) -> String {
        var out = "\""
        for scalar in unicodeScalars.prefix(limit) {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            default:
                switch scalar.properties.generalCategory {
                case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
                    .paragraphSeparator:
                    out += "\\u{" + String(scalar.value, radix: 16) + "}"
                default: out.unicodeScalars.append(scalar)
                }
            }
        }
        return out + (unicodeScalars.count > limit ? "…\"" : "\"")
    }
}
