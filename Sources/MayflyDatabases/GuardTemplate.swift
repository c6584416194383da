import MayflyCore

/// Fills the places (`{{name}}`) of a guard's script.
enum GuardTemplate {
    /// In one pass, so that a value with `{{tag}}` in it stays what it is.
    ///
    /// - Parameter lines: values that are whole lines of statements, each made here of quoted names.
    static func fill(
        _ template: String, _ values: [String: String], lines: [String: [String]] = [:]
    ) throws(EngineFailure) -> String {
        var result = ""
        var rest = template[...]
        while let open = rest.firstRange(of: "{{") {
            result += rest[..<open.lowerBound]
            rest = rest[open.upperBound...]
            guard let close = rest.firstRange(of: "}}") else { throw unfilled }
            let name = String(rest[..<close.lowerBound])
            guard let parts = lines[name] ?? values[name].map({ [$0] }) else { throw unfilled }
            // A client would take a line of a value that begins with a backslash, or with `delimiter`, for a command
            // of its own, and within a comment a line break ends it.
            for value in parts where value.contains(where: \.isNewline) {
                throw EngineFailure(.invalid, "a value of the guard has a line break: \(value.quoted())")
            }
            result += parts.joined(separator: "\n")
            rest = rest[close.upperBound...]
        }
        return result + rest
    }

    private static let unfilled = EngineFailure(.invalid, "the guard's script has a place that nothing fills")
}
