/// How long a lease may live, in whole seconds: 1 second to 30 days.
///
///     let ttl = try TTL(parsing: "1h30m", field: "ttl")   // 5400 seconds
package struct TTL: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// 30 days: nothing is ever unlimited.
    package static let ceiling = TTL(unchecked: 30 * 86_400)
    package let seconds: Int

    private init(unchecked seconds: Int) { self.seconds = seconds }

    /// The nearest to so many seconds: at least 1, at most 30 days.
    package init(clamping seconds: Int) { self.init(unchecked: min(max(seconds, 1), Self.ceiling.seconds)) }

    /// - Throws: `Refusal` with `ttl_invalid` for zero, a negative number or more than 30 days.
    package init(seconds: Int, field: String = "ttl_seconds") throws(Refusal) {
        guard seconds > 0 else {
            throw Refusal(
                .ttlInvalid, "\(field) \(seconds) is not a time to live", field: field,
                hint: "at least one second, such as 30m")
        }
        guard seconds <= Self.ceiling.seconds else {
            throw Refusal(
                .ttlAboveMaximum, "\(field) \(seconds) s is above 30 days, which nothing exceeds",
                field: field,
                figures: ["maximum_ttl_seconds": Self.ceiling.seconds])
        }
        self.seconds = seconds
    }

    /// Reads `90s`, `30m`, `1h30m`, `2d`: whole numbers with units, larger units first.
    /// - Throws: `Refusal` with `ttl_invalid`.
    package init(parsing text: String, field: String) throws(Refusal) {
        guard let duration = HumanDuration.seconds(in: text) else {
            throw Refusal(
                .ttlInvalid, "\(field) \(text.quoted(limit: 40)) is not a duration", field: field,
                hint: "a number with a unit (s, m, h or d), such as 90s, 30m, 1h30m or 2d")
        }
        try self.init(seconds: duration, field: field)
    }

    package static func < (a: TTL, b: TTL) -> Bool { a.seconds < b.seconds }
    package var description: String { HumanDuration.text(seconds: seconds) }

    package init(from decoder: any Decoder) throws {
        try self.init(seconds: try decoder.singleValueContainer().decode(Int.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(seconds)
    }
}

/// Durations as people write them.
package enum HumanDuration {
    private static let units: [(letter: Character, seconds: Int)] = [
        ("d", 86_400), ("h", 3600), ("m", 60), ("s", 1),
    ]

    /// The seconds in `1h30m`; nil without a unit, with units out of order, or when the sum overflows.
    package static func seconds(in text: String) -> Int? {
        var total = 0
        var number: Int?
        var remaining = units[...]
        for character in text {
            if let digit = character.wholeNumberValue, character.isASCII {
                let (shifted, overflow) = (number ?? 0).multipliedReportingOverflow(by: 10)
                let (sum, carry) = shifted.addingReportingOverflow(digit)
                guard !overflow, !carry else { return nil }
                number = sum
            } else {
                guard let value = number, let index = remaining.firstIndex(where: { $0.letter == character })
                else {
                    return nil
                }
                let (product, overflow) = value.multipliedReportingOverflow(by: remaining[index].seconds)
                let (sum, carry) = total.addingReportingOverflow(product)
                guard !overflow, !carry else { return nil }
                total = sum
                number = nil
                remaining = remaining[(index + 1)...]
            }
        }
        return number == nil && !text.isEmpty ? total : nil
    }

    /// `5400` as `1h30m`.
    package static func text(seconds: Int) -> String {
        var rest = seconds
        var out = ""
        for unit in units where rest >= unit.seconds {
            out += "\(rest / unit.seconds)\(unit.letter)"
            rest %= unit.seconds
        }
        return out.isEmpty ? "0s" : out
    }
}
