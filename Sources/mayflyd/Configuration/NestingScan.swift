/// Refuses a text that is nested so deeply that reading it could exhaust the stack.
enum NestingScan {
    /// The configuration is five deep.
    static let most = 64

    static func isTooDeep(_ text: String, _ problems: ProblemList) -> Bool {
        // Counts what could open a level and takes quotes for it too: wrong only for texts that are odd anyway.
        var line = 1
        var column = 0
        var open = 0
        var dashes = 0
        var onlyDashes = true
        for character in text.unicodeScalars {
            column += 1
            switch character {
            case "\n":
                line += 1
                column = 0
                dashes = 0
                onlyDashes = true
            case "[", "{":
                open += 1
                onlyDashes = false
            case "]", "}":
                open = max(0, open - 1)
                onlyDashes = false
            case "-", "?", ":":
                if onlyDashes { dashes += 1 }
            case " ":
                // Each level of a block takes a column at least.
                if onlyDashes, column > most * 8 { dashes = most + 1 }
            default: onlyDashes = false
            }
            if open > most || dashes > most {
                problems.error(
                    line: line, column: column, key: "", "nested too deeply",
                    fix: "a configuration is five levels deep")
                return true
            }
        }
        return false
    }
}
