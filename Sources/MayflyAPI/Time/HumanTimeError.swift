/// Why a text is no duration or time. The description says what to write instead.
public enum HumanTimeError: Error, Sendable, Hashable, CustomStringConvertible {
    case empty
    case noUnit(String)
    case zero(String)
    case negative(String)
    case tooLong(String)
    case notADuration(String)
    case notATime(String)

    public var description: String {
        switch self {
        case .empty: "a duration is missing; write 30m, 2h, 1h30m, 1d or a time such as 17:30"
        case .noUnit(let text):
            "\(quoted(text)) has no unit; write \(text)m for minutes or \(text)h for hours"
        case .zero(let text): "\(quoted(text)) is no time at all"
        case .negative(let text): "\(quoted(text)) is negative"
        case .tooLong(let text): "\(quoted(text)) is longer than 366 days"
        case .notADuration(let text):
            "\(quoted(text)) is not a duration; write 30m, 2h, 1h30m, 1d or a time such as 17:30"
        case .notATime(let text):
            "\(quoted(text)) is not a time of day; write hours and minutes, such as 17:30"
        }
    }

    /// Short and in quotes, without control characters: it may come from anywhere and goes to a terminal.
    private func quoted(_ text: String) -> String {
        let short = text.count > 40 ? text.prefix(40) + "…" : text[...]
        return "'"
            + String(
                short.unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : Character($0) })
            + "'"
    }
}
